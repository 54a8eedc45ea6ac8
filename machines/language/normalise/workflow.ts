import type { Definition, Examples, FailureWorkflow, Trigger } from '../../definition.ts';
import type { Task } from '../../task.ts';
import { defined } from '../defined.ts';
import { bareExpression } from '../references/expression-sites.ts';
import type { WorkflowText } from '../schema/workflow.ts';
import { normaliseInput } from './input.ts';
import { normaliseOutput } from './task-keys.ts';

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
    labels: text.labels ?? {},
    input: normaliseInput(text.input),
    output: normaliseOutput(text.output) ?? { kind: 'names' as const, names: [] },
    variables: text.variables ?? {},
    timeoutMs: text.timeout,
    timeoutPolicy: text.timeout_policy ?? 'fail',
    tasks,
    failureWorkflow: normaliseFailure(text.failure_workflow, steps),
    triggers: (text.triggers ?? []).map(normaliseTrigger),
    examples: normaliseExamples(text.examples),
    monitoring:
      monitoring &&
      defined({
        reportFrequency: monitoring.report_frequency ?? 'per_task',
        logTo: monitoring.log_to,
        metrics: monitoring.metrics ?? [],
      }),
    concurrency:
      concurrency &&
      defined({
        limit: concurrency.limit,
        key: bareExpression(concurrency.key),
        onLimit: concurrency.on_limit ?? 'queue',
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

function normaliseTrigger(text: NonNullable<WorkflowText['triggers']>[number]): Trigger {
  if ('on' in text) {
    const { id, on, input, dedupe_key: dedupeKey } = text;
    return defined({ kind: 'event' as const, id, on, when: bareExpression(text.when), input, dedupeKey });
  }
  if ('file' in text) {
    return defined({ kind: 'file' as const, id: text.id, glob: text.file, input: text.input });
  }
  const { id, cron, timezone = 'UTC', overlap = 'skip', catchup: catchupMs = catchupMsUsual, input } = text;

  return defined({ kind: 'cron' as const, id, cron, timezone, overlap, catchupMs, input });
}
