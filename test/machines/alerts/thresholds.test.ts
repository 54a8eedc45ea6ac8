// Which thresholds of its `monitoring` a run has passed, and when. Method: metrics as runs give them.
import { expect, test } from 'vitest';
import { passedThresholds } from '../../../machines/alerts/thresholds.ts';
import type { Thresholds } from '../../../machines/definition.ts';
import type { RunMetrics } from '../../../machines/run/run-metrics.ts';

const at = (seconds: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + seconds * 1_000).toISOString();

function passed(thresholds: Thresholds, metrics: Partial<RunMetrics>) {
  const whole = { startedAt: at(0), completed: 0, failed: 0, retriedAt: [], ...metrics };

  return passedThresholds(thresholds, whole).map(
    ({ atMs, text }) => `${new Date(atMs).toISOString()} ${text}`,
  );
}

test.each([
  [
    'a run under way will have taken too long',
    { executionTimeMs: 60_000 },
    {},
    [`${at(60)} it took longer than 1m`],
  ],
  ['one that took just as long did not', { executionTimeMs: 60_000 }, { endedAt: at(60) }, []],
  [
    'one that took longer did',
    { executionTimeMs: 60_000 },
    { endedAt: at(61) },
    [`${at(60)} it took longer than 1m`],
  ],
  ['as many retries as there may be are none too many', { retryCount: 2 }, { retriedAt: [at(1), at(2)] }, []],
  [
    'the first that is one too many counts',
    { retryCount: 1 },
    { retriedAt: [at(1), at(2), at(3)] },
    [`${at(2)} more than 1 attempts were tried again`],
  ],
  ['the share of tasks is not known before the end', { taskSuccessRate: 1 }, { failed: 1 }, []],
  [
    'it is told of at the end',
    { taskSuccessRate: 0.95 },
    { completed: 9, failed: 1, endedAt: at(5) },
    [`${at(5)} 90 % of its tasks completed, of at least 95 %`],
  ],
  ['a run without tasks that settled has failed in none', { taskSuccessRate: 1 }, { endedAt: at(5) }, []],
  [
    '29 of 100 are 29 %, not less',
    { taskSuccessRate: 0.29 },
    { completed: 29, failed: 71, endedAt: at(5) },
    [],
  ],
  [
    'nothing is passed where there is no threshold',
    {},
    { endedAt: at(9_999), failed: 3, retriedAt: [at(1)] },
    [],
  ],
] as const)('%s', (_, thresholds, metrics, expected) => {
  expect(passed(thresholds, metrics)).toEqual(expected);
});
