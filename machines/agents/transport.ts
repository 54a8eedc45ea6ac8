import type { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import { compileTemplate } from '../expressions/template.ts';
import { outsideProject } from '../language/checks/output-paths.ts';
import { runFindings } from '../language/checks/run-rules.ts';
import type { Finding } from '../language/finding.ts';
import { normaliseRun } from '../language/normalise/task-keys.ts';
import { isMapping } from '../language/read-tasks.ts';
import type { Path } from '../language/yaml-node.ts';
import type { agentSchema } from './agents-schema.ts';
import type { AgentTransport } from './declared-agent.ts';
import type { Entry } from './read-entries.ts';

type AgentText = z.output<typeof agentSchema>;

const folders = { inbox: '.3ox/task-queue', outbox: '.3ox/response-queue' };

/** The canonical form of a transport that has no findings. */
export function transportOf(text: AgentText['transport'] = 'nats'): AgentTransport {
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
export function transportFindings({ value, raw, path }: Entry<AgentText>): readonly Finding[] {
  const { transport } = value;
  if (transport === undefined || typeof transport === 'string') return [];
  const place = [...path, 'transport'];
  const written = isMapping(raw['transport']) ? raw['transport'] : {};
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
