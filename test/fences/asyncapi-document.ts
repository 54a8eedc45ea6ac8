// docs/asyncapi.yaml is made from the schemas of the worker protocol, so that it cannot tell anything else.
import { dump } from 'js-yaml';
import { z } from 'zod';
import { CloudEvent } from '../../events/cloud-event.ts';
import { outboundEvents } from '../../events/outbound-events.ts';
import {
  EngineNote,
  Hello,
  protocolVersion,
  Report,
  ReportAnswer,
  StopNotice,
  WorkerNote,
  WorkItem,
} from '../../events/worker-protocol.ts';
import { textOf } from './repository-files.ts';

type Tree = { readonly [key: string]: unknown };

const source = 'events/worker-protocol.ts';
const header = `# What a worker and the engine tell each other, from the side of the worker, and the events that engines publish and
# take. docs/workers.md, docs/outbound-events.md and docs/events-in.md explain it.
# This document is made from ${source}, events/outbound-events.ts and events/cloud-event.ts: after a change there, run
# \`npx vitest run test/fences/asyncapi.test.ts -u\`.
`;
const parameters = {
  namespace: { description: 'of the engine: WORKFLOW_NAMESPACE, else default' },
  agent: {
    description:
      'the name of the agent as a token: every byte but A-Z a-z 0-9 _ - is = and two hexadecimal digits',
  },
  attempt: { description: 'a hash of the key of the attempt' },
  engine: { description: 'the engine, as its notes name it' },
  type: { description: 'of the event, parts between dots' },
  shard: { description: 'of the run, 0 to 63: an item says the whole subject in reportTo' },
};
const kinds = Report.options.map((option) => option.shape.kind.value);
const capital = (kind: string): string => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
const named = (kind: string): string => `Report${capital(kind)}`;
const notes = WorkerNote.options.map((option) => option.shape.kind.value);
const noted = (kind: string): string => `WorkerNote${capital(kind)}`;

/** The whole document. */
export function asyncapiDocument(): string {
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: '3OX Workflow: worker protocol and events',
      version: String(protocolVersion),
      description:
        'Workers take attempts of an agent out of its queue, carry them out and report to the engine. Engines publish what runs and approvals do as events, and take events that start and wake runs.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { nats: { host: '127.0.0.1:4222', protocol: 'nats', description: 'that of NATS_URL' } },
    channels: channels(),
    operations: operations(),
    components: { messages: messages() },
  };

  return `${header}${dump(document, { noRefs: true, lineWidth: 110 })}`;
}

function channels(): Tree {
  return {
    work: channel('wf.{namespace}.work.{agent}.{attempt}', ['WorkItem']),
    report: channel('wf.{namespace}.report.{agent}.{shard}', kinds.map(named)),
    answer: { ...channel('', ['ReportAnswer']), address: null },
    handed: { ...channel('', ['EngineNote']), address: null },
    note: channel('wf.{namespace}.report.{agent}.e-{engine}', notes.map(noted)),
    hello: channel('wf.{namespace}.hello.{agent}', ['Hello']),
    rollcall: channel('wf.{namespace}.rollcall', ['RollCall']),
    stop: channel('wf.{namespace}.stop.{agent}', ['StopNotice']),
    published: channel('wf.{namespace}.event.{type}', Object.keys(outboundEvents)),
    taken: channel('wf.{namespace}.event.{type}', ['Event']),
  };
}

function channel(address: string, names: readonly string[]): Tree {
  const used = Object.entries(parameters).filter(([name]) => address.includes(`{${name}}`));

  return {
    address,
    messages: Object.fromEntries(names.map((name) => [name, reference(`components/messages/${name}`)])),
    ...(used.length === 0 ? {} : { parameters: Object.fromEntries(used) }),
  };
}

function operations(): Tree {
  return {
    takeWork: {
      ...operation('receive', 'work'),
      description:
        'by a pull of the consumer {agent} of the stream WF_{NAMESPACE}_WORK; acknowledged when it is done',
    },
    report: {
      ...operation('send', 'report'),
      description: 'a request; an empty answer, or none, means: ask again',
      reply: { channel: reference('channels/answer') },
    },
    beHanded: {
      ...operation('receive', 'handed'),
      description: 'on the subject that `items` of the hello names',
    },
    tellEngine: operation('send', 'note'),
    sayHello: operation('send', 'hello'),
    answerRollCall: { ...operation('receive', 'rollcall'), description: 'by a Hello' },
    heedStop: operation('receive', 'stop'),
    hearOfRuns: {
      ...operation('receive', 'published'),
      description:
        'from the stream WF_{NAMESPACE}_EVENTS, at least once: the second of two with the same source and id is the same event',
    },
    emit: {
      ...operation('send', 'taken'),
      description: 'a request: the server answers when the event is stored',
    },
  };
}

function operation(action: 'send' | 'receive', name: string): Tree {
  return { action, channel: reference(`channels/${name}`) };
}

function messages(): Tree {
  const reports = Report.options.map(
    (option) => [named(option.shape.kind.value), message('Report', option)] as const,
  );

  const told = WorkerNote.options.map(
    (option) => [noted(option.shape.kind.value), message('WorkerNote', option)] as const,
  );

  return {
    WorkItem: message('WorkItem', WorkItem),
    EngineNote: message('EngineNote', EngineNote),
    ...Object.fromEntries(told),
    ...Object.fromEntries(reports),
    ReportAnswer: message('ReportAnswer', ReportAnswer),
    Hello: message('Hello', Hello),
    RollCall: { summary: 'Asks all workers to say that they are there. Its payload says nothing.' },
    StopNotice: message('StopNotice', StopNotice),
    ...Object.fromEntries(
      Object.entries(outboundEvents).map(([type, data]) => [type, published(type, data)]),
    ),
    Event: {
      summary:
        'An event of the outside: it starts runs that have a trigger for its type, and wakes those that wait.',
      contentType: 'application/cloudevents+json',
      payload: schemaOf(CloudEvent.omit({ hops: true })),
    },
  };
}

/** What an engine publishes of this type: the event with its data. */
function published(type: string, data: z.ZodType): Tree {
  const event = CloudEvent.extend({ type: z.literal(type), data });

  return {
    summary: data.description ?? '',
    contentType: 'application/cloudevents+json',
    payload: schemaOf(event),
  };
}

function schemaOf(schema: z.ZodType): unknown {
  const {
    $schema: _,
    definitions: __,
    ...payload
  } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });

  return readable(payload, {});
}

function message(declared: string, schema: z.ZodType): Tree {
  const described = { ...comments('ofItem'), ...comments(declared) };
  const {
    $schema: _,
    definitions: __,
    ...payload
  } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
  const kind = schema instanceof z.ZodObject ? schema.shape['kind'] : undefined;
  const summary = described[kind instanceof z.ZodLiteral ? `kind ${kind.value}` : ''];

  return { ...(summary === undefined ? {} : { summary }), payload: readable(payload, described) };
}

/** What the schema says, without what only its making shows. */
function readable(value: unknown, described: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((each) => readable(each, described));
  if (typeof value !== 'object' || value === null) return value;
  const tree = value as Tree;
  if ('$ref' in tree || 'allOf' in tree || Object.keys(tree).length === 0)
    return { description: 'any JSON value' };
  if (tree['type'] === 'integer' && tree['exclusiveMinimum'] === 0) return { type: 'integer', minimum: 1 };
  const said = Object.entries(tree).filter(([, each]) => Math.abs(Number(each)) !== Number.MAX_SAFE_INTEGER);

  return Object.fromEntries(
    said.map(([key, each]) => [
      key,
      key === 'properties' ? properties(each as Tree, described) : readable(each, described),
    ]),
  );
}

function properties(tree: Tree, described: Readonly<Record<string, string>>): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([name, each]) => {
      const schema = readable(each, {}) as Tree;
      const description = described[name];

      return [name, description === undefined ? schema : { ...schema, description }];
    }),
  );
}

/** The comments above a schema (under no name), above its fields, and above its kinds. */
function comments(declared: string): Readonly<Record<string, string>> {
  const text = textOf(source);
  const start = text.search(new RegExp(`^(export )?const ${declared} =`, 'm'));
  const before = text.slice(0, start).match(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n$/)?.[1];
  const body = text.slice(start, text.slice(start).search(/^[}\]]/m) + start);
  const fields = body.matchAll(
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n *(?:z\.object\(\{ kind: z\.literal\('(\w+)'|z\.object\(\{\n *kind: z\.literal\('(\w+)'|(\w+):)/g,
  );
  const found = [...fields].map(([, comment = '', first, second, field]) => {
    return [field ?? `kind ${first ?? second}`, asSentence(comment)] as const;
  });

  return { ...Object.fromEntries(found), ...(before === undefined ? {} : { '': asSentence(before) }) };
}

function asSentence(comment: string): string {
  return comment
    .replaceAll(/\n *\*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function reference(path: string): Tree {
  return { $ref: `#/${path}` };
}
