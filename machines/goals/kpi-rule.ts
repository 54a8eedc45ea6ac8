import type { Json } from '../../events/canonical-json.ts';
import type { KpiContribution, KpiMeasure, KpiRule } from '../../events/kpi-events.ts';
import { matches } from '../alerts/due-alerts.ts';
import { timeMs } from '../due-time.ts';
import {
  type CompiledCondition,
  type CompiledExpression,
  compileCondition,
  compileExpression,
} from '../expressions/condition.ts';
import type { Reference } from '../expressions/outcome.ts';
import { periodOf } from './periods.ts';

/** A run that has ended, as KPIs see it; `output` where one of them reads it. */
export type EndedRun = {
  readonly run: string;
  /** The event that ended it. */
  readonly sequence: number;
  readonly definition: { readonly id: string; readonly version: number };
  readonly department?: string;
  /** The goals that its definition says it serves. */
  readonly serves: readonly string[];
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly trigger?: string;
};

/** What a rule says of single runs. */
export type CompiledRule = {
  readonly rule: KpiRule;
  /** Whether a run may count, as far as that is known without its output. */
  readonly concerns: (ended: EndedRun) => boolean;
  readonly readsOutput: boolean;
  /** What the run counts for; undefined where it does not count. Without `output` it is too large to be read. */
  readonly contribution: (ended: EndedRun, output: Json | undefined) => KpiContribution | undefined;
};

/** The names that the expressions of a KPI may read. */
export const kpiNames: readonly string[] = ['run', 'output'];

/** Without `value`, these take how long a run took, in seconds. */
const defaultValue = 'run.seconds';
const tooLarge = 'its output is larger than a KPI reads';
const succeeded = 'COMPLETED';
const failed: ReadonlySet<string> = new Set(['FAILED', 'TIMED_OUT']);

/** Whether the measure takes a value of each run. */
export function takesValue(measure: KpiMeasure): boolean {
  return measure !== 'count' && measure !== 'success_rate';
}

/** Throws TypeError for expressions that `loadEnterprise` would have refused. */
export function compileRule(rule: KpiRule): CompiledRule {
  const when = rule.when === undefined ? undefined : condition(rule.when);
  const value = takesValue(rule.measure) ? expression(rule.value ?? defaultValue) : undefined;
  const references = [...(when?.references ?? []), ...(value?.references ?? [])];

  return {
    rule,
    concerns: (ended) =>
      isAsked(rule, ended) && (rule.when !== undefined || countsByStatus(rule.measure, ended)),
    readsOutput: references.some(({ path: [name] }: Reference) => name === 'output'),
    contribution: (ended, output) => {
      const { run, sequence, definition, endedAt: at } = ended;
      const measured =
        output === undefined ? { problem: tooLarge } : measure({ rule, when, value }, ended, output);

      return (
        measured && {
          run,
          sequence,
          definition: definition.id,
          at,
          period: periodOf(rule.period, at),
          ...measured,
        }
      );
    },
  };
}

type Measured = { readonly value: number } | { readonly problem: string };

function measure(
  {
    rule,
    when,
    value,
  }: {
    readonly rule: KpiRule;
    readonly when: CompiledCondition | undefined;
    readonly value: CompiledExpression | undefined;
  },
  ended: EndedRun,
  output: Json,
): Measured | undefined {
  const scope = { run: shownRun(ended), output };
  const verdict = when?.evaluate(scope);
  if (verdict?.ok === false) return problem(verdict.error.message);
  if (verdict?.result === false) return undefined;
  if (rule.measure === 'success_rate') return succeededOrFailed(ended);
  if (value === undefined) return { value: 1 };
  const rendered = value.render(scope);
  if (!rendered.ok) return problem(rendered.error.message);
  if (typeof rendered.value === 'number' && Number.isFinite(rendered.value)) return { value: rendered.value };

  return {
    problem: `${value.source} is ${JSON.stringify(rendered.value)?.slice(0, 80)}, which is no number`,
  };
}

/** Whoever looks at the run sees the whole of it. */
function problem(message: string): Measured {
  return { problem: message.slice(0, 300) };
}

function succeededOrFailed({ status }: EndedRun): Measured | undefined {
  if (status === succeeded) return { value: 1 };

  return failed.has(status) ? { value: 0 } : undefined;
}

/** What expressions know as `run`. */
function shownRun({
  run,
  definition,
  department,
  serves,
  status,
  startedAt,
  endedAt,
  trigger,
}: EndedRun): Json {
  return {
    id: run,
    definition: definition.id,
    version: definition.version,
    department: department ?? null,
    serves,
    status,
    started_at: startedAt,
    ended_at: endedAt,
    seconds: Math.max(0, timeMs(endedAt) - timeMs(startedAt)) / 1_000,
    trigger: trigger ?? null,
  };
}

/** Where nothing is said by `when`, runs that completed count; for a rate of success, those that failed as well. */
function countsByStatus(measure: KpiMeasure, { status }: EndedRun): boolean {
  return status === succeeded || (measure === 'success_rate' && failed.has(status));
}

function isAsked(
  { definitions, departments, goals }: KpiRule,
  { definition, department, serves }: EndedRun,
): boolean {
  return (
    (definitions === undefined || definitions.some((each) => matches(each, definition.id))) &&
    (departments === undefined || (department !== undefined && departments.includes(department))) &&
    (goals === undefined || goals.some((goal) => serves.includes(goal)))
  );
}

function condition(source: string): CompiledCondition {
  const compiled = compileCondition(source);
  if (compiled.ok) return compiled.condition;

  throw new TypeError(`${source}: ${compiled.problems[0]?.message}`);
}

function expression(source: string): CompiledExpression {
  const compiled = compileExpression(source);
  if (compiled.ok) return compiled.expression;

  throw new TypeError(`${source}: ${compiled.problems[0]?.message}`);
}
