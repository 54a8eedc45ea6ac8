import type { Json } from '../../events/canonical-json.ts';
import { type Entry, readEntries } from '../agents/read-entries.ts';
import { defined } from '../language/defined.ts';
import { type Finding, locate } from '../language/finding.ts';
import { orderProblems, type Problem } from '../language/problem.ts';
import { isMapping } from '../language/read-tasks.ts';
import { kindOf, unknownKey } from '../language/schema/shapes.ts';
import { readSource } from '../language/source-text.ts';
import { toJson } from '../language/yaml-node.ts';
import { readYaml } from '../language/yaml-reader.ts';
import { alertSchema } from './alert-schema.ts';
import { hookFindings, hookOf } from './hook-of.ts';
import { hookSchema } from './hook-schema.ts';
import { type AlertRule, type AlertTarget, isNews, type Served } from './served.ts';

type WrittenRule = ReturnType<typeof alertSchema.parse>;

const keys = ['hooks', 'alerts'];
const examples = {
  hook: {
    listed: '{name: github, event: push, signature: github, secret: NAME}',
    keyed: '{event: push, signature: github, secret: NAME}',
  },
  alert: { listed: '{name: failed, on: run_failed, to: log}', keyed: '{on: run_failed, to: log}' },
};

/** The text of serve.yaml becomes checked hooks and alert rules, or the list of all that is wrong. Never throws. */
export function loadServeFile(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}):
  | ({ readonly ok: true; readonly warnings: readonly Problem[] } & Served)
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const read = readSource(options);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const { source } = read;
  const yaml = readYaml(source);
  if (!yaml.ok) return { ok: false, problems: orderProblems(yaml.problems).map(ownCode) };

  const { findings, ...served } = check(toJson(yaml.root));
  const located = findings.map((finding) => locate(source, yaml.root, finding));
  const problems = orderProblems([...yaml.problems, ...located].map(ownCode));
  if (problems.some(({ severity }) => severity === 'error')) return { ok: false, problems };

  return { ok: true, ...served, warnings: problems };
}

/** The parts that read definitions, too, speak of definitions. */
function ownCode(problem: Problem): Problem {
  return { ...problem, code: problem.code.replace(/^definition\./, 'serve.') };
}

function check(raw: Json): Served & { readonly findings: readonly Finding[] } {
  if (!isMapping(raw)) {
    const message = `expected a mapping with the keys hooks and alerts, found ${kindOf(raw)}`;
    return { hooks: [], alerts: [], findings: [{ code: 'definition.not-a-mapping', message, path: [] }] };
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
  const hooks = readEntries({
    value: raw['hooks'],
    path: ['hooks'],
    schema: hookSchema,
    what: 'a hook',
    example: examples.hook,
    report,
  });
  const alerts = readEntries({
    value: raw['alerts'],
    path: ['alerts'],
    schema: alertSchema,
    what: 'an alert rule',
    example: examples.alert,
    report,
  });
  report(...hooks.flatMap(hookFindings), ...alerts.flatMap(repeatAdvice));

  return {
    hooks: hooks.map(({ value }) => hookOf(value)),
    alerts: alerts.map(({ value }) => ruleOf(value)),
    findings,
  };
}

/** What happened once is said once. */
function repeatAdvice({ value: { on, repeat }, path }: Entry<WrittenRule>): readonly Finding[] {
  if (repeat === undefined || !isNews(on)) return [];
  const message = `${on} is said once for each time that it happens, so repeat has no effect`;

  return [
    { code: 'definition.no-effect', severity: 'warning', message, path: [...path, 'repeat'], at: 'key' },
  ];
}

function ruleOf({
  name,
  on,
  after,
  definition,
  to,
  repeat,
}: ReturnType<typeof alertSchema.parse>): AlertRule {
  return defined({ name, on, afterMs: after, definition, to: to.map(targetOf), repeatMs: repeat });
}

type WrittenTarget = WrittenRule['to'][number];

function targetOf(target: WrittenTarget): AlertTarget {
  if (typeof target === 'string') return { kind: 'log' };
  if ('command' in target) return { kind: 'command', command: target.command };

  return defined({ kind: 'webhook' as const, url: target.webhook, secret: target.secret });
}
