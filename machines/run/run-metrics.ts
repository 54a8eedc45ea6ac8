import type { JournalRecord } from '../../events/record.ts';
import { statusOf } from '../chart/task-status.ts';
import { timeMs } from '../due-time.ts';

/** What `monitoring` measures of a run, as of one of its events. Times are ISO 8601, UTC. */
export type RunMetrics = {
  readonly startedAt: string;
  /** Absent while the run is under way. */
  readonly endedAt?: string;
  /** How many tasks completed, each pass and each rerun counted. */
  readonly completed: number;
  /** How many failed, timed out or completed with errors. What was skipped or cancelled is in neither. */
  readonly failed: number;
  /** When attempts failed that are tried again. */
  readonly retriedAt: readonly string[];
};

/** The metrics after the next event of a run; `before` is absent for its first one. */
export function metricsAfter(before: RunMetrics | undefined, { time, data }: JournalRecord): RunMetrics {
  const { startedAt, endedAt } = data.head;
  const { completed = 0, failed = 0, retriedAt = [] } = before ?? {};
  const statuses = data.transitions.flatMap(({ task, to }) => (task === undefined ? [] : [statusOf(to)]));
  const count = (...wanted: readonly string[]) => statuses.filter((status) => wanted.includes(status)).length;
  const retries = count('RETRYING');

  return {
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    completed: completed + count('COMPLETED'),
    failed: failed + count('FAILED', 'TIMED_OUT', 'COMPLETED_WITH_ERRORS'),
    retriedAt: retries === 0 ? retriedAt : [...retriedAt, ...Array.from({ length: retries }, () => time)],
  };
}

/** The share of the tasks that completed, 0 to 1; 1 where none has settled. */
export function taskSuccessRate({ completed, failed }: RunMetrics): number {
  return completed + failed === 0 ? 1 : completed / (completed + failed);
}

/** How long the run took, in ms; undefined while it is under way. */
export function executionTimeMs({ startedAt, endedAt }: RunMetrics): number | undefined {
  return endedAt === undefined ? undefined : Math.max(0, timeMs(endedAt) - timeMs(startedAt));
}
