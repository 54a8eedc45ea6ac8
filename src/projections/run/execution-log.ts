import { canonicalJson } from '../../../events/canonical-json.ts';
import type { FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord, RunStatus } from '../../../events/record.ts';
import { passedThresholds, percent } from '../../../machines/alerts/thresholds.ts';
import { isFinal, statusOf } from '../../../machines/chart/task-status.ts';
import type { Metric, Monitoring } from '../../../machines/definition.ts';
import { formatDuration } from '../../../machines/language/duration.ts';
import {
  executionTimeMs,
  metricsAfter,
  type RunMetrics,
  taskSuccessRate,
} from '../../../machines/run/run-metrics.ts';
import { siriusTime } from '../../../machines/sirius-time.ts';
import { noteOfRecord } from '../task/fact-note.ts';

/** A line of the log, without its end. `mark` is how it begins, which no other line does. */
export type ExecutionLine = { readonly text: string; readonly mark: string };

/** What one event gives to the log: a word of the seeds' state log, the task, and members such as `attempts=2`. */
type Entry = { readonly word: string; readonly task?: string; readonly members?: Members };
type Members = Readonly<Record<string, string | number | undefined>>;

const inputCharactersMax = 2_000;
const allMetrics: readonly Metric[] = ['execution_time', 'task_success_rate', 'retry_count'];

/** Events of people, and of the run, that move no task to an end. */
const wordOfEvent: Readonly<Record<string, string>> = {
  'run.started': 'STARTED',
  'run.forked': 'STARTED',
  'run.paused': 'WORKFLOW_PAUSED',
  'run.resumed': 'WORKFLOW_RESUMED',
  'run.retried': 'WORKFLOW_RETRIED',
  'run.rerun': 'WORKFLOW_RERUN',
  'run.migrated': 'WORKFLOW_MIGRATED',
  'failure-workflow.started': 'FAILURE_WORKFLOW_STARTED',
};

/** Statuses that a task's line tells of, and the word of the seeds where it is another one. */
const wordOfStatus: Readonly<Record<string, string>> = {
  COMPLETED: 'TASK_COMPLETED',
  COMPLETED_WITH_ERRORS: 'TASK_COMPLETED_WITH_ERRORS',
  FAILED: 'TASK_FAILED',
  TIMED_OUT: 'TASK_TIMED_OUT',
  SKIPPED: 'TASK_SKIPPED',
  CANCELLED: 'TASK_CANCELLED',
  RETRYING: 'TASK_RETRY',
  PENDING_APPROVAL: 'TASK_PENDING_APPROVAL',
};

/** What of nothing was done yet, or ever. */
const timeless: ReadonlySet<string> = new Set(['TASK_SKIPPED', 'TASK_PENDING_APPROVAL']);

/**
 * Makes the lines of a run's execution log from its records, one after another and from the first on: the same records
 * give the same lines. Words are those of the seeds' state log (STARTED, TASK_COMPLETED, TASK_RETRY, WORKFLOW_FAILED).
 */
export function createExecutionLog(
  monitoring: Monitoring,
): (record: JournalRecord) => readonly ExecutionLine[] {
  const { reportFrequency, thresholds = {} } = monitoring;
  const begun = new Map<string, string>();
  const passed = new Set<Metric>();
  let status: RunStatus = 'RUNNING';
  let metrics: RunMetrics | undefined;

  function endEntries(record: JournalRecord, now: RunMetrics): readonly Entry[] {
    const before = status;
    status = record.data.head.status;
    if (status === before || !isFinal(status)) return [];

    return [{ word: `WORKFLOW_${status}`, members: metricMembers(now, monitoring.metrics) }];
  }

  /** Each threshold is told of once, by the first event that is no earlier than when it was passed. */
  function alertEntries({ time }: JournalRecord, now: RunMetrics): readonly Entry[] {
    return passedThresholds(thresholds, now).flatMap(({ metric, atMs, text }): readonly Entry[] => {
      if (passed.has(metric) || atMs > Date.parse(time)) return [];
      passed.add(metric);

      return [{ word: 'ALERT', members: { threshold: metric, note: text } }];
    });
  }

  return (record) => {
    metrics = metricsAfter(metrics, record);
    const tasks = reportFrequency === 'per_run' ? [] : taskEntries(record, begun);
    const entries = [
      ...eventEntries(record),
      ...tasks,
      ...endEntries(record, metrics),
      ...alertEntries(record, metrics),
    ];

    return entries.map((entry, index) => lineOf(record, entry, index));
  };
}

function eventEntries(record: JournalRecord): readonly Entry[] {
  const word = wordOfEvent[record.type];
  if (word === undefined) return [];
  const { definition } = record.data.head;
  const isStart = word === 'STARTED';
  const members = isStart
    ? { definition: `${definition.id}@${definition.version}`, input: inputText(record.data.fact) }
    : {};

  return [{ word, members: { ...members, ...by(record), note: noteOfRecord(record) } }];
}

function inputText({ input }: FactMembers): string | undefined {
  if (input === undefined) return undefined;
  const text = canonicalJson(input);

  return text.length > inputCharactersMax ? `[${text.length} characters of JSON]` : text;
}

function taskEntries(record: JournalRecord, begun: Map<string, string>): readonly Entry[] {
  const fact: FactMembers = record.data.fact;

  return record.data.transitions.flatMap(({ task, from, to }): readonly Entry[] => {
    if (task === undefined) return [];
    if (!begun.has(task) || statusOf(from) === 'PENDING') begun.set(task, record.time);
    const word = wordOfStatus[statusOf(to)];
    if (fact.task === task && fact.startedAt !== undefined) begun.set(task, fact.startedAt);
    if (word === undefined) return [];
    const took = timeless.has(word) ? undefined : timeBetween(begun.get(task) ?? record.time, record.time);
    // What the event tells is of its own task alone: others move along with it.
    const own = fact.task === task ? { ...by(record), note: noteOfRecord(record) } : {};

    return [{ word, task, members: { execution_time: took, ...own } }];
  });
}

function timeBetween(from: string, to: string): string {
  return formatDuration(Math.max(0, Date.parse(to) - Date.parse(from)));
}

/** Who did it, where that was no engine. */
function by({ actor }: JournalRecord): Members {
  return actor.startsWith('engine') ? {} : { by: actor };
}

function metricMembers(metrics: RunMetrics, wanted: readonly Metric[]): Members {
  const values: Readonly<Record<Metric, string | number>> = {
    execution_time: formatDuration(executionTimeMs(metrics) ?? 0),
    task_success_rate: percent(taskSuccessRate(metrics)).replace(' ', ''),
    retry_count: metrics.retriedAt.length,
  };
  const shown = wanted.length === 0 ? allMetrics : wanted;

  return Object.fromEntries(shown.map((metric) => [metric, values[metric]]));
}

function lineOf(
  { id, sequence, time }: JournalRecord,
  { word, task, members }: Entry,
  index: number,
): ExecutionLine {
  const place = index === 0 ? `${sequence}` : `${sequence}.${index}`;
  const run = id.slice(0, id.lastIndexOf('/'));
  const mark = `${siriusTime(time)} ${time} ${run} ${place} `;
  const told = Object.entries(members ?? {}).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name}=${quoted(String(value))}`],
  );

  return { mark, text: `${mark}${[word, ...(task === undefined ? [] : [task]), ...told].join(' ')}` };
}

/** Text with spaces is quoted as JSON has it, so that a line stays a line. */
function quoted(text: string): string {
  return /^[\w.:@/%+,-]+$/.test(text) ? text : JSON.stringify(text);
}
