import type { Json } from '../../events/canonical-json.ts';
import { defined } from '../language/defined.ts';
import { type Finding, locate } from '../language/finding.ts';
import { orderProblems, type Problem } from '../language/problem.ts';
import { isMapping } from '../language/read-tasks.ts';
import { kindOf, unknownKey } from '../language/schema/shapes.ts';
import { readSource } from '../language/source-text.ts';
import { toJson } from '../language/yaml-node.ts';
import { readYaml } from '../language/yaml-reader.ts';
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

const keys = ['agents', 'principals'];

/** The text of agents.yaml becomes checked agents and principals, or the list of all that is wrong. Never throws. */
export function loadAgents(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}):
  | ({ readonly ok: true; readonly warnings: readonly Problem[] } & DeclaredAgents)
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const read = readSource(options);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const { source } = read;
  const yaml = readYaml(source);
  if (!yaml.ok) return { ok: false, problems: orderProblems(yaml.problems) };

  const { findings, ...declared } = check(toJson(yaml.root));
  const located = findings.map((finding) => ownCode(locate(source, yaml.root, finding)));
  const problems = orderProblems([...yaml.problems, ...located].map(ownCode));
  if (problems.some(({ severity }) => severity === 'error')) return { ok: false, problems };

  return { ok: true, ...declared, warnings: problems };
}

/** The parts that read definitions, too, speak of definitions. */
function ownCode(problem: Problem): Problem {
  return { ...problem, code: problem.code.replace(/^definition\./, 'agents.') };
}

function check(raw: Json): DeclaredAgents & { readonly findings: readonly Finding[] } {
  if (!isMapping(raw)) {
    const message = `expected a mapping with the keys agents and principals, found ${kindOf(raw)}`;
    const finding = { code: 'definition.not-a-mapping', message, path: [] };
    return { agents: [], principals: [], findings: [finding] };
  }
  const findings: Finding[] = Object.keys(raw)
    .filter((key) => !keys.includes(key))
    .map((key) => ({
      code: 'definition.unknown-key',
      message: unknownKey(key, keys),
      path: [key],
      at: 'key',
    }));
  const report = (...more: readonly Finding[]): void => void findings.push(...more);
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
    findings,
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
