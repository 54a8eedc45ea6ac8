import type { Json } from '../../../events/canonical-json.ts';
import type {
  CancelOn,
  Definition,
  Examples,
  FailureWorkflow,
  HoldRule,
  InputProperty,
  Monitoring,
  Trigger,
} from '../../definition.ts';
import { mayDiffer } from '../../search-limits.ts';
import type { Task } from '../../task.ts';
import { isDynamic } from '../../task-names.ts';
import { defined } from '../defined.ts';
import { bareExpression } from '../references/expression-sites.ts';
import type { InputText, PropertyText } from '../schema/input.ts';
import { normaliseRetention } from '../schema/retention.ts';
import type { WorkflowText } from '../schema/workflow.ts';
import { normaliseOutput } from './task.ts';

/** What was missed within the last hour is made up for, unless the definition says otherwise. */
const catchupMsUsual = 60 * 60_000;

/** The canonical form of a definition, once its tasks and the steps of its failure workflow have theirs. */
export function normaliseWorkflow(
  text: WorkflowText,
  { tasks, steps }: { readonly tasks: readonly Task[]; readonly steps: readonly (string | Task)[] },
): Definition {
  const { concurrency, monitoring } = text;

  return defined({
    id: text.id,
    version: text.version,
    name: text.name,
    description: text.description,
    key: text.key,
    labels: labelsOf(text),
    runLabels: runLabelsOf(text),
    input: normaliseInput(text.input),
    output: normaliseOutput(text.output) ?? { kind: 'names' as const, names: [] },
    variables: text.variables ?? {},
    timeoutMs: text.timeout,
    timeoutPolicy: text.timeout_policy ?? 'fail',
    tasks,
    failureWorkflow: normaliseFailure(text.failure_workflow, steps),
    triggers: (text.triggers ?? []).map(normaliseTrigger),
    examples: normaliseExamples(text.examples),
    monitoring: normaliseMonitoring(monitoring),
    concurrency:
      concurrency &&
      defined({
        limit: concurrency.max ?? concurrency.limit ?? 1,
        key: bareExpression(concurrency.key),
        onLimit: concurrency.when_full ?? concurrency.on_limit ?? 'queue',
      }),
    fairness: text.fairness && { key: bareExpression(text.fairness.key) },
    payloads: text.payloads === 'sealed' ? ('sealed' as const) : undefined,
    erasureKey: text.erasure_key,
    cancelOn: text.cancel_on === undefined ? undefined : normaliseCancelOn(text.cancel_on),
    retention: text.retention && normaliseRetention(text.retention),
    budget: text.budget && normaliseBudget(text.budget),
    expose: text.expose?.mcp === true ? { mcp: true as const } : undefined,
  });
}

function normaliseBudget({
  tokens,
  money,
  calls,
  time,
  ask_at: askAt,
}: NonNullable<WorkflowText['budget']>): Definition['budget'] {
  return defined({ most: defined({ tokens, money, calls, ms: time }), askAt });
}

function normaliseCancelOn(text: NonNullable<WorkflowText['cancel_on']>): readonly CancelOn[] {
  if (typeof text === 'string') return [{ event: text }];

  return [text].flat().map(({ event, when }) => defined({ event, when: bareExpression(when) }));
}

/** The STRATOS level is a label that has a key of its own. */
export function labelsOf({ labels = {}, stratos }: WorkflowText): Definition['labels'] {
  const constant = Object.entries(labels).filter((label) => !isOfRun(label));

  return Object.fromEntries(stratos === undefined ? constant : [...constant, ['stratos', stratos]]);
}

function runLabelsOf({ labels = {} }: WorkflowText): Definition['runLabels'] {
  const found = Object.entries(labels).filter(isOfRun);

  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function isOfRun([name, value]: readonly [string, string]): boolean {
  return mayDiffer(name) && isDynamic(value);
}

function normaliseMonitoring(text: WorkflowText['monitoring']): Monitoring | undefined {
  if (text === undefined) return undefined;
  const { report_frequency: reportFrequency = 'per_task', log_to: logTo, metrics = [], thresholds } = text;

  return defined({
    reportFrequency,
    logTo,
    metrics,
    thresholds:
      thresholds &&
      defined({
        executionTimeMs: thresholds.execution_time,
        taskSuccessRate: thresholds.task_success_rate,
        retryCount: thresholds.retry_count,
      }),
  });
}

function normaliseExamples(text: WorkflowText['examples']): Examples | undefined {
  if (text === undefined) return undefined;
  const { input = [], results = {}, signals = {}, answers = {} } = text;

  return { input, results, signals, answers };
}

function normaliseFailure(
  text: WorkflowText['failure_workflow'],
  steps: readonly (string | Task)[],
): FailureWorkflow | undefined {
  if (text === undefined) return undefined;
  if (typeof text === 'string') return { kind: 'named', id: text };

  return text.steps === undefined ? { kind: 'named', id: text.id } : { kind: 'inline', id: text.id, steps };
}

type TriggerText = NonNullable<WorkflowText['triggers']>[number];
type EventText = Extract<TriggerText, { on: string }>;

function normaliseTrigger(text: TriggerText): Trigger {
  if ('on' in text) {
    const { id, on, input, dedupe_key: dedupeKey, rate_limit: rate } = text;
    const rateLimit = rate === undefined ? undefined : { limit: rate.limit, perMs: rate.per };
    const when = bareExpression(text.when);
    const hold = holdRule(text);
    return defined({ kind: 'event' as const, id, on, when, input, dedupeKey, rateLimit, hold });
  }
  if ('file' in text) {
    return defined({ kind: 'file' as const, id: text.id, glob: text.file, input: text.input });
  }
  const { id, cron, timezone = 'UTC', overlap = 'skip', catchup: catchupMs = catchupMsUsual, input } = text;

  return defined({ kind: 'cron' as const, id, cron, timezone, overlap, catchupMs, input });
}

/** Of several the first: the checker refuses the others. */
function holdRule({ throttle, debounce, batch }: Partial<EventText>): HoldRule | undefined {
  if (throttle !== undefined) {
    const { limit, per: perMs, key } = throttle;
    return defined({ kind: 'throttle' as const, limit, perMs, key });
  }
  if (debounce !== undefined) {
    const { for: quietMs, at_most: mostMs, key } = debounce;
    return defined({ kind: 'debounce' as const, quietMs, mostMs, key });
  }
  if (batch === undefined) return undefined;
  const { size, within: withinMs, key } = batch;

  return defined({ kind: 'batch' as const, size, withinMs, key });
}

/** One table of inputs out of the short form, the typed form, or both. */
export function normaliseInput(text: InputText | undefined): Readonly<Record<string, InputProperty>> {
  const defaults = defaultsOf(text?.optional);
  const required = new Set(text?.required ?? []);
  const properties = new Map<string, PropertyText>(Object.entries(text?.properties ?? {}));
  const names = new Set([...required, ...defaults.keys(), ...properties.keys()]);

  return Object.fromEntries(
    [...names].map((name) => {
      const property = normaliseProperty(properties.get(name) ?? {}, required.has(name));
      const value = defaults.get(name);

      return [name, value === undefined ? property : { ...property, default: value }];
    }),
  );
}

/** One input in canonical form. */
function normaliseProperty(text: PropertyText, required: boolean): InputProperty {
  return defined({ ...text, required, secret: text.secret ?? false });
}

/** `optional: [a, {b: 1}]` or `optional: {b: 1}`: names, with undefined where there is no default. */
export function defaultsOf(optional: InputText['optional']): ReadonlyMap<string, Json | undefined> {
  if (optional === undefined) return new Map();
  const entries = Array.isArray(optional) ? optional : [optional as Readonly<Record<string, Json>>];

  return new Map(
    entries.flatMap((entry): readonly (readonly [string, Json | undefined])[] =>
      typeof entry === 'string' ? [[entry, undefined]] : Object.entries(entry),
    ),
  );
}
