import { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import { compileTemplate } from '../expressions/template.ts';
import { outsideProject } from '../language/checks/output-paths.ts';
import { runFindings } from '../language/checks/run-rules.ts';
import { defined } from '../language/defined.ts';
import type { Finding } from '../language/finding.ts';
import { type LoadedSettings, loadSettings } from '../language/load-settings.ts';
import { isMapping } from '../language/mapping.ts';
import { normaliseRun } from '../language/normalise/task.ts';
import { returns } from '../language/schema/input.ts';
import { choice, filled, integer, oneOrMany, strict, text, textTemplate } from '../language/schema/shapes.ts';
import { agentLevel, runCommand } from '../language/schema/task-common.ts';
import type { Path } from '../language/text/yaml-node.ts';
import { mailAddress } from '../serve-file/mail.ts';
import { agentNameRule, isAgentName } from './agent-name.ts';
import type { Principal } from './authority.ts';
import {
  type AgentTransport,
  type DeclaredAgent,
  type DeclaredSkill,
  isReservedName,
  reservedNamesText,
} from './declared-agent.ts';
import {
  type Entry,
  entriesJsonSchema,
  entryJsonSchemas,
  readEntries,
  settingsJsonSchema,
} from './read-entries.ts';

const folders = { inbox: '.3ox/task-queue', outbox: '.3ox/response-queue' };

/** Who there is, as agents.yaml says. */
export type DeclaredAgents = {
  readonly agents: readonly DeclaredAgent[];
  readonly principals: readonly Principal[];
  /** What is said of skills, whoever offers them. */
  readonly skills: readonly DeclaredSkill[];
};

type Report = (...findings: readonly Finding[]) => void;

/** The text of agents.yaml becomes checked agents and principals, or the list of all that is wrong. Never throws. */
export function loadAgents(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}): LoadedSettings<DeclaredAgents> {
  return loadSettings({ ...options, keys: ['agents', 'principals', 'skills'], codes: 'agents', read });
}

function read(raw: Readonly<Record<string, Json>>, report: Report): DeclaredAgents {
  const agents = readEntries({
    value: raw['agents'],
    path: ['agents'],
    schema: agentSchema,
    what: 'an agent',
    report,
  });
  const principals = readEntries({
    value: raw['principals'],
    path: ['principals'],
    schema: principalSchema,
    what: 'a principal',
    report,
  });
  const skills = readEntries({
    value: raw['skills'],
    path: ['skills'],
    schema: skillSchema,
    what: 'a skill',
    example: { listed: '{name: scan, returns: {files: integer}}', keyed: '{returns: {files: integer}}' },
    report,
  });
  report(...agents.flatMap(transportFindings), ...principals.flatMap(domainAdvice));

  return {
    agents: agents.map(({ value }) => agentOf(value)),
    principals: principals.map(({ value }) => defined(value)),
    skills: skills.map(({ value, raw: written }) => ({ ...value, written: written['returns'] ?? null })),
  };
}

function agentOf(text: Entry<ReturnType<typeof agentSchema.parse>>['value']): DeclaredAgent {
  return defined({
    ...text,
    level: text.level ?? 'L3',
    skills: text.skills === undefined ? undefined : [...new Set(text.skills)],
    transport: transportOf(text.transport),
  });
}

function domainAdvice({ value, path }: Entry<ReturnType<typeof principalSchema.parse>>): readonly Finding[] {
  const { name, level, domain } = value;
  if (level === 'L2' && domain === undefined) {
    const message = `${name} is L2 and has no domain, so there is no workflow that ${name} may start`;
    return [{ code: 'definition.no-domain', severity: 'warning', message, path }];
  }
  if (level === 'L2' || domain === undefined) return [];
  const message = `a domain counts for L2 only, and ${name} is ${level}`;

  return [
    { code: 'definition.no-effect', severity: 'warning', message, path: [...path, 'domain'], at: 'key' },
  ];
}

type AgentText = z.output<typeof agentSchema>;

/** The canonical form of a transport that has no findings. */
function transportOf(text: AgentText['transport'] = 'nats'): AgentTransport {
  if (text === 'nats') return { kind: 'nats' };
  if (text === 'files') return { kind: 'files', ...folders };
  if (text.command !== undefined) return { kind: 'command', run: normaliseRun(text.command.run) };

  return {
    kind: 'files',
    inbox: text.files?.inbox ?? folders.inbox,
    outbox: text.files?.outbox ?? folders.outbox,
  };
}

/** What the schema cannot say: one way only, folders of the project, a command that can be run. */
function transportFindings({ value, raw, path }: Entry<AgentText>): readonly Finding[] {
  const { transport } = value;
  if (transport === undefined || typeof transport === 'string') return [];
  const place = [...path, 'transport'];
  const written = isMapping(raw['transport']) ? raw['transport'] : {};
  if (value.command !== undefined && transport.command !== undefined) {
    const message =
      'the engine runs transport.command for each task, and command starts a worker that takes tasks itself: keep one';
    return [{ code: 'definition.bad-combination', message, path: [...path, 'command'] }];
  }
  if (Object.keys(written).length !== 1) {
    const message = 'work reaches an agent in one way: nats, files or command';
    return [{ code: 'definition.bad-combination', message, path: place }];
  }
  const { command } = written;
  if (isMapping(command)) return commandFindings(command['run'], [...place, 'command', 'run']);

  return folderFindings(transportOf(transport), [...place, 'files']);
}

function commandFindings(run: Json | undefined, path: Path): readonly Finding[] {
  const given = isMapping(run) ? run : {};
  const texts = ['command', 'stdin', 'env', 'cwd'].flatMap((key) => {
    const value = given[key];
    return value === undefined ? [] : [{ value, path: [...path, key] }];
  });
  const faults = texts.flatMap(({ value, path: place }) => {
    const compiled = compileTemplate(value);
    if (compiled.ok) return [];
    return compiled.problems.map(({ message, path: inner, offset }) => ({
      code: 'definition.bad-expression',
      message,
      path: [...place, ...inner],
      within: { start: offset, end: offset + 1 },
    }));
  });

  return [...runFindings(run, path), ...faults];
}

function folderFindings(transport: AgentTransport, path: Path): readonly Finding[] {
  if (transport.kind !== 'files') return [];
  const faults = (['inbox', 'outbox'] as const).flatMap((key) => {
    const fault = outsideProject(transport[key]);
    return fault === undefined ? [] : [{ code: 'definition.bad-path', message: fault, path: [...path, key] }];
  });
  if (tidied(transport.inbox) !== tidied(transport.outbox)) return faults;
  const message = 'tasks and responses need a folder each';

  return [...faults, { code: 'definition.bad-combination', message, path }];
}

/** `./a//b/` is `a/b`. */
function tidied(folder: string): string {
  return folder
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/');
}

/** As long as names are in the worker protocol. */
const nameLengthMax = 200;

const name = (what: string) =>
  filled(what).refine(
    (value) => value.length <= nameLengthMax && value.trim() === value && !/\p{Cc}/u.test(value),
    {
      error: `expected ${what} of at most ${nameLengthMax} characters, in one line, without spaces around it`,
    },
  );

const transport = z.union(
  [
    choice(['nats', 'files']),
    strict({
      files: strict({
        inbox: textTemplate('a folder')
          .optional()
          .describe('Where task files are put. Default .3ox/task-queue.'),
        outbox: textTemplate('a folder')
          .optional()
          .describe('Where response files are looked for. Default .3ox/response-queue.'),
      })
        .optional()
        .describe('Files in two folders of the project.'),
      command: strict({ run: runCommand.describe('As the run of a task.') })
        .optional()
        .describe('A command that the engine itself runs.'),
    }),
  ],
  { error: 'expected nats, files, {files: {inbox, outbox}} or {command: {run: ...}}' },
);

export const agentSchema = strict({
  name: name('an agent name')
    .refine(isAgentName, { error: `expected ${agentNameRule}` })
    .describe('What assigned_to calls it.'),
  description: text().optional().describe('For people.'),
  department: name('a department').optional().describe('For people and lists.'),
  level: agentLevel().optional().describe('Its authority, from L0, the highest. Default L3.'),
  skills: oneOrMany(name('a skill name'), 'a skill or a list of them')
    .optional()
    .describe('What it can do; requires of a task asks for them.'),
  capacity: integer(1, 10_000)
    .optional()
    .describe('Attempts it may have at a time. Default: what its workers have together.'),
  transport: transport.optional().describe('How work reaches it. Default nats.'),
  command: z
    .union([filled('a command'), z.array(filled('a word of the command')).min(1)], {
      error: 'expected a command: a list of words, or a text for sh -c',
    })
    .transform((value): readonly string[] => (typeof value === 'string' ? ['sh', '-c', value] : value))
    .optional()
    .describe(
      'Starts its worker, a program that goes on running: workflow dev starts it, and again when it ends.',
    ),
});

export const principalSchema = strict({
  name: name('a name')
    .refine((value) => !isReservedName(value), {
      error: ({ input }) => `nobody can be called ${JSON.stringify(input)}: ${reservedNamesText}`,
    })
    .describe('What --as calls them.'),
  level: agentLevel().describe('What they may do, from L0, the highest.'),
  domain: name('a domain').optional().describe('Whose workflows an L2 may start.'),
  mail: mailAddress().optional().describe('Where mails of the approvals that ask them go.'),
});

const skillSchema = strict({
  name: name('a skill name').describe('What requires calls it.'),
  returns: returns().describe(
    'What a task that asks for this skill alone gives: as returns of a task says it.',
  ),
});

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema (draft-07) of agents.yaml, for editors. */
export function agentsJsonSchema(): JsonSchema {
  return settingsJsonSchema({
    title: '3OX agents',
    description: 'Who carries tasks out, and who gives commands.',
    properties: {
      agents: entriesJsonSchema('agent', 'Who carries tasks out: a list, or a mapping by name.'),
      principals: entriesJsonSchema('principal', 'Who gives commands: a list, or a mapping by name.'),
      skills: entriesJsonSchema(
        'skill',
        'What is given by whoever has a skill: a list, or a mapping by name.',
      ),
    },
    definitions: {
      ...entryJsonSchemas('agent', agentSchema),
      ...entryJsonSchemas('principal', principalSchema),
      ...entryJsonSchemas('skill', skillSchema),
    },
  });
}
