import { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import { isEventType } from '../../events/cloud-event.ts';
import { type Entry, readEntries } from '../agents/read-entries.ts';
import { ByteSize } from '../byte-size.ts';
import { defined } from '../language/defined.ts';
import type { Finding } from '../language/finding.ts';
import { type LoadedSettings, loadSettings } from '../language/load-settings.ts';
import { normaliseRetention, retention } from '../language/schema/retention.ts';
import { choice, expected, filled, flag, integer, listOf, strict, text } from '../language/schema/shapes.ts';
import { parseSalvaging } from '../language/text/salvage.ts';
import { readAlertRules } from './alert-rules.ts';
import { readMail } from './mail.ts';
import { readOidc } from './oidc.ts';
import type { Hook, HookSignature, RequestPlace, Served } from './served.ts';

const hookName = () =>
  text('a hook name').refine((value) => /^[a-z0-9][a-z0-9_-]{0,62}$/.test(value), {
    error: 'expected a hook name: lower-case letters, digits, _ and -, at most 63 characters',
  });

const headerName = () =>
  text('the name of a header').refine((value) => /^[A-Za-z0-9-]{1,100}$/.test(value), {
    error: 'expected the name of a header, such as X-Signature',
  });

const bodyPath = () =>
  text('a path in the body').refine((value) => /^[\w-]+(\.[\w-]+){0,9}$/.test(value), {
    error: 'expected a path in the JSON body, such as data.id',
  });

const eventType = () =>
  text('an event type').refine(isEventType, { error: 'expected the type of an event, such as order.paid' });

const prefix = () => text().optional().describe('What is put before it, such as "github.".');

const event = z.union(
  [
    eventType(),
    strict({
      from_header: headerName().describe('The header that names the type, such as X-GitHub-Event.'),
      prefix: prefix(),
    }),
    strict({ from_body: bodyPath().describe('Where the body names the type: type.'), prefix: prefix() }),
  ],
  { error: 'expected the type of an event, {from_header: <name>} or {from_body: <path>}' },
);

const signatureSchemes = ['github', 'standard-webhooks', 'stripe'] as const;

const signature = z.union(
  [
    choice(signatureSchemes),
    strict({
      scheme: z.literal('hmac-sha256', { error: expected('hmac-sha256') }),
      header: headerName().describe('Where the signature stands.'),
      prefix: text().optional().describe('What stands before it in the header, such as "sha256=".'),
      encoding: choice(['hex', 'base64']).optional().describe('How it is written. Default hex.'),
    }),
  ],
  {
    error: `expected ${signatureSchemes.join(', ')} or {scheme: hmac-sha256, header: <name>}`,
  },
);

const requestId = z.union([strict({ header: headerName() }), strict({ body: bodyPath() })], {
  error: 'expected {header: <name>} or {body: <path>}',
});

const hookSchema = strict({
  name: hookName().describe('The end of its address: /hooks/<name>.'),
  description: text().optional().describe('For people.'),
  event: event.describe('The type of the event that a request becomes.'),
  secret: filled('the name of a secret')
    .optional()
    .describe('The secret of the project that requests are signed with, by its name.'),
  signature: signature.optional().describe('How they are signed.'),
  id: requestId
    .optional()
    .describe('What tells one request from the same again. Default: as the signature scheme has it.'),
  as: filled('a principal')
    .optional()
    .describe('The principal that publishes the event. Default hook:<name>.'),
  allow_unsigned: flag().optional().describe('Anybody who reaches the address may send. Default false.'),
});

const hosts = listOf(
  filled('a host').refine((value) => /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.test(value), {
    error: 'expected a host in lower case, such as payments.internal, 127.0.0.1:8080 or [::1]',
  }),
  'a list of hosts',
).describe('Hosts of this machine and of its own network that HTTP tasks may reach, with a port or without.');

type Report = (...findings: readonly Finding[]) => void;

/** The text of serve.yaml becomes checked hooks and alert rules, or the list of all that is wrong. Never throws. */
export function loadServeFile(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}): LoadedSettings<Served> {
  return loadSettings({
    ...options,
    keys: [
      'hooks',
      'alerts',
      'stratos',
      'mail',
      'private_hosts',
      'oidc',
      'retention',
      'quotas',
      'tell_events',
    ],
    codes: 'serve',
    read,
  });
}

function read(raw: Readonly<Record<string, Json>>, report: Report): Served {
  const hooks = readEntries({
    value: raw['hooks'],
    path: ['hooks'],
    schema: hookSchema,
    what: 'a hook',
    example: {
      listed: '{name: github, event: push, signature: github, secret: NAME}',
      keyed: '{event: push, signature: github, secret: NAME}',
    },
    report,
  });
  report(...hooks.flatMap(hookFindings));
  const rules = readAlertRules(raw, report);

  return {
    hooks: hooks.map(({ value }) => hookOf(value)),
    alerts: rules,
    privateHosts: readHosts(raw['private_hosts'], report),
    ...defined({
      mail: readMail(raw['mail'], rules, report),
      oidc: readOidc(raw['oidc'], report),
      retention: readRetention(raw['retention'], report),
      quotas: readQuotas(raw['quotas'], report),
      tellsAlways: readTelling(raw['tell_events'], report),
    }),
  };
}

function readHosts(raw: Json | undefined, report: Report): readonly string[] {
  if (raw === undefined || raw === null) return [];
  const value = { private_hosts: raw };
  const read = parseSalvaging({ schema: strict({ private_hosts: hosts }), value, path: [] });
  report(...read.findings);

  return read.value?.private_hosts ?? [];
}

function readRetention(raw: Json | undefined, report: Report): Served['retention'] {
  if (raw === undefined || raw === null) return undefined;
  const read = parseSalvaging({ schema: strict({ retention }), value: { retention: raw }, path: [] });
  report(...read.findings);

  return read.value && normaliseRetention(read.value.retention);
}

const telling = strict({ tell_events: choice(['where_heard', 'always']) });

function readTelling(raw: Json | undefined, report: Report): boolean | undefined {
  if (raw === undefined || raw === null) return undefined;
  const read = parseSalvaging({ schema: telling, value: { tell_events: raw }, path: [] });
  report(...read.findings);

  return read.value && read.value.tell_events === 'always';
}

const quotas = strict({
  live_runs: integer(1).optional().describe('How many runs may be under way.'),
  starts_per_second: integer(1).optional().describe('How many runs may be begun in a second, over a while.'),
  bytes: ByteSize.optional().describe('How much the server may store: 20GB.'),
});

function readQuotas(raw: Json | undefined, report: Report): Served['quotas'] {
  if (raw === undefined || raw === null) return undefined;
  const read = parseSalvaging({ schema: strict({ quotas }), value: { quotas: raw }, path: [] });
  report(...read.findings);
  if (read.value === undefined) return undefined;
  const { live_runs: liveRuns, starts_per_second: startsPerSecond, bytes } = read.value.quotas;

  return defined({ liveRuns, startsPerSecond, bytes });
}

type Written = ReturnType<typeof hookSchema.parse>;

/** Who may send is said plainly: by a secret and how it is used, or by leave for everybody. */
function hookFindings({ value, path }: Entry<Written>): readonly Finding[] {
  const { name, secret, signature, allow_unsigned: isOpen = false } = value;
  const isSigned = secret !== undefined && signature !== undefined;
  if (isSigned && isOpen) {
    const message = `${name} has a signature, which is always checked; leave allow_unsigned out`;
    return [{ code: 'definition.contradiction', message, path: [...path, 'allow_unsigned'], at: 'key' }];
  }
  if (isSigned || (isOpen && secret === undefined && signature === undefined)) return [];
  const missing = [
    ...(secret === undefined ? ['secret: <name of a secret>'] : []),
    ...(signature === undefined ? ['signature: github'] : []),
  ].join(' and ');
  const message = `anybody could send to the hook ${name}: add ${missing}, or allow_unsigned: true if that is meant`;

  return [{ code: 'definition.unsigned', message, path }];
}

/** A hook as it was written, with what its scheme implies. */
function hookOf({ name, event, secret, signature, id, as }: Written): Hook {
  const by = signature === undefined ? undefined : signatureOf(signature);

  return defined({
    name,
    event: eventOf(event),
    signed: by === undefined || secret === undefined ? undefined : { by, secret },
    id: id ?? idBy(by),
    as,
  });
}

function eventOf(event: Written['event']): Hook['event'] {
  if (typeof event === 'string') return { type: event };
  const { prefix = '' } = event;
  if ('from_header' in event) return { from: { header: event.from_header }, prefix };

  return { from: { body: event.from_body }, prefix };
}

function signatureOf(signature: NonNullable<Written['signature']>): HookSignature {
  if (typeof signature === 'string') return { scheme: signature };
  const { scheme, header, prefix = '', encoding = 'hex' } = signature;

  return { scheme, header, prefix, encoding };
}

/** Where these senders say which request it is. */
function idBy(by: HookSignature | undefined): RequestPlace | undefined {
  switch (by?.scheme) {
    case 'github':
      return { header: 'X-GitHub-Delivery' };
    case 'standard-webhooks':
      return { header: 'webhook-id' };
    case 'stripe':
      return { body: 'id' };
    case 'hmac-sha256':
    case undefined:
      return undefined;
  }
}
