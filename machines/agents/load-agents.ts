import type { Json } from '../../events/canonical-json.ts';
import { defined } from '../language/defined.ts';
import type { Finding } from '../language/finding.ts';
import { type LoadedSettings, loadSettings } from '../language/load-settings.ts';
import { agentSchema, principalSchema } from './agents-schema.ts';
import type { Principal } from './authority.ts';
import type { DeclaredAgent } from './declared-agent.ts';
import { type Entry, readEntries } from './read-entries.ts';
import { transportFindings, transportOf } from './transport.ts';

/** Who there is, as agents.yaml says. */
export type DeclaredAgents = {
  readonly agents: readonly DeclaredAgent[];
  readonly principals: readonly Principal[];
};

type Report = (...findings: readonly Finding[]) => void;

/** The text of agents.yaml becomes checked agents and principals, or the list of all that is wrong. Never throws. */
export function loadAgents(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}): LoadedSettings<DeclaredAgents> {
  return loadSettings({ ...options, keys: ['agents', 'principals'], codes: 'agents', read });
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
  report(...agents.flatMap(transportFindings), ...principals.flatMap(domainAdvice));

  return {
    agents: agents.map(({ value }) => agentOf(value)),
    principals: principals.map(({ value }) => defined(value)),
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
