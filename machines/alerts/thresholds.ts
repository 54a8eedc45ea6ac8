import type { Metric, Thresholds } from '../definition.ts';
import { timeMs } from '../due-time.ts';
import { formatDuration } from '../language/duration.ts';
import { executionTimeMs, type RunMetrics, taskSuccessRate } from '../run/run-metrics.ts';

/** A threshold that a run passes at `atMs` (ms since 1970), which may lie ahead while the run is under way. */
export type PassedThreshold = { readonly metric: Metric; readonly atMs: number; readonly text: string };

/** The thresholds of a definition that a run has passed, or will when it goes on for long enough. */
export function passedThresholds(thresholds: Thresholds, metrics: RunMetrics): readonly PassedThreshold[] {
  const passed = [
    tookTooLong(thresholds, metrics),
    triedTooOften(thresholds, metrics),
    failedTooOften(thresholds, metrics),
  ];

  return passed.filter((each) => each !== undefined);
}

function tookTooLong(
  { executionTimeMs: mostMs }: Thresholds,
  metrics: RunMetrics,
): PassedThreshold | undefined {
  const tookMs = executionTimeMs(metrics);
  if (mostMs === undefined || (tookMs !== undefined && tookMs <= mostMs)) return undefined;
  const atMs = timeMs(metrics.startedAt) + mostMs;

  return { metric: 'execution_time', atMs, text: `it took longer than ${formatDuration(mostMs)}` };
}

function triedTooOften(
  { retryCount: most }: Thresholds,
  { retriedAt }: RunMetrics,
): PassedThreshold | undefined {
  const at = most === undefined ? undefined : retriedAt[most];
  if (at === undefined) return undefined;
  const text = most === 0 ? 'an attempt was tried again' : `more than ${most} attempts were tried again`;

  return { metric: 'retry_count', atMs: timeMs(at), text };
}

/** What a run that goes on will have done is not known before its end. */
function failedTooOften(
  { taskSuccessRate: least }: Thresholds,
  metrics: RunMetrics,
): PassedThreshold | undefined {
  const rate = taskSuccessRate(metrics);
  if (least === undefined || metrics.endedAt === undefined || rate >= least) return undefined;
  const text = `${percent(rate)} of its tasks completed, of at least ${percent(least)}`;

  return { metric: 'task_success_rate', atMs: timeMs(metrics.endedAt), text };
}

/** Whole percents, rounded down: of 99.6 % it is not true that all are done. */
export function percent(share: number): string {
  const roundingError = 1e-9;

  return `${Math.floor(share * 100 + roundingError)} %`;
}
