// The execution log of a run speaks the words of the seeds' state log. Method: a run is driven, its records are given
// to the log one after another, and the lines are compared whole.
import { expect, test } from 'vitest';
import type { Monitoring } from '../../../machines/definition.ts';
import { parseStored } from '../../../machines/run/record/stored-record.ts';
import { createExecutionLog } from '../../../src/projections/run/execution-log.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';
import { goldenRuns } from '../golden-books.ts';

const chart = chartOf(
  `
  - { id: scan_files, uses: files.scan, retry_policy: { max_attempts: 2, initial_delay: 2s } }
  - { id: gate, type: DECISION, depends_on: scan_files, decision_param: "'PASS'", decision_cases: { PASS: { next: [alert] } } }
  - { id: alert, type: HUMAN, wait_for_approval: true }
  `,
  'input: { required: [target_folder] }',
);
const monitoring: Monitoring = { reportFrequency: 'per_task', metrics: [] };

/** The run of the seeds, up to where it waits for CMD.BRIDGE. */
function waiting(): Driven {
  return startedRun(chart, { target_folder: '0UT.3OX' })
    .passes(60_000)
    .fails('scan_files', 'disk.busy')
    .passes(2_000)
    .completes('scan_files', {});
}

function ended(): Driven {
  return waiting().passes(60_000).does({ kind: 'approve', task: 'alert', by: 'ana', comment: 'go on' });
}

function linesOf({ bodies }: Driven, how: Partial<Monitoring> = {}): readonly string[] {
  const linesFor = createExecutionLog({ ...monitoring, ...how });

  return bodies.flatMap((body, index) => {
    const stored = parseStored({ run: 'test-run', position: index + 1, body });
    return stored.kind === 'record' ? linesFor(stored.record).map(({ text }) => text) : [];
  });
}

test('tells of each task with how long it took, in Sirius time and ISO time', () => {
  expect(linesOf(ended())).toEqual([
    '⧗-25.147.0000 2026-01-01T00:00:00.000Z test-run 1 STARTED definition=under-test@1 input="{\\"target_folder\\":\\"0UT.3OX\\"}" by=test',
    '⧗-25.147.0001 2026-01-01T00:01:00.000Z test-run 2 TASK_RETRY scan_files execution_time=0s by=test note="attempt 1: disk.busy: scan_files failed"',
    '⧗-25.147.0001 2026-01-01T00:01:02.000Z test-run 4 TASK_COMPLETED scan_files execution_time=0s by=test',
    '⧗-25.147.0001 2026-01-01T00:01:02.000Z test-run 5 TASK_COMPLETED gate execution_time=0s by=test note="PASS → alert"',
    '⧗-25.147.0001 2026-01-01T00:01:02.000Z test-run 5.1 TASK_PENDING_APPROVAL alert',
    '⧗-25.147.0002 2026-01-01T00:02:02.000Z test-run 6 TASK_COMPLETED alert execution_time=1m by=test note="by ana: go on"',
    '⧗-25.147.0002 2026-01-01T00:02:02.000Z test-run 6.1 WORKFLOW_COMPLETED execution_time=2m2s task_success_rate=100% retry_count=1',
  ]);
});

test('per_run tells of the run alone, with the metrics that are wanted', () => {
  expect(linesOf(ended(), { reportFrequency: 'per_run', metrics: ['retry_count'] }).map(wordsOf)).toEqual([
    'STARTED definition=under-test@1 input="{\\"target_folder\\":\\"0UT.3OX\\"}" by=test',
    'WORKFLOW_COMPLETED retry_count=1',
  ]);
});

test('a threshold is told of once, by the first event that comes after it', () => {
  const thresholds = { executionTimeMs: 30_000, retryCount: 0 };
  const alerts = linesOf(ended(), { thresholds }).filter((line) => line.includes(' ALERT '));

  expect(alerts.map((line) => line.slice(line.indexOf('test-run')))).toEqual([
    'test-run 2.1 ALERT threshold=execution_time note="it took longer than 30s"',
    'test-run 2.2 ALERT threshold=retry_count note="an attempt was tried again"',
  ]);
});

test('a line stays a line, whatever an error says, and a large input is left to the journal', () => {
  const run = startedRun(chart, { target_folder: 'x'.repeat(3_000) });
  run.does({
    ...{
      kind: 'failTask',
      task: 'scan_files',
      attempt: 1,
      worker: 'w',
      startedAt: '2026-01-01T00:00:00.000Z',
    },
    error: { code: 'disk.gone', message: 'first\nsecond', retryable: false },
  });

  expect(linesOf(run).every((line) => !line.includes('\n'))).toBe(true);
  expect(linesOf(run)[0]).toContain('input="[3020 characters of JSON]"');
});

test.each(goldenRuns())(
  'the log of the golden run $name ends as it does, and no two lines begin alike',
  ({ records }) => {
    const linesFor = createExecutionLog(monitoring);
    const lines = records.flatMap((record) => linesFor(record));
    const { status, endedAt } = records.at(-1)?.data.head ?? {};

    expect(new Set(lines.map(({ mark }) => mark)).size).toBe(lines.length);
    expect(lines.filter(({ text }) => text.includes(` WORKFLOW_${status} `))).toHaveLength(
      endedAt === undefined ? 0 : 1,
    );
  },
);

function wordsOf(line: string): string {
  return line.split(' ').slice(4).join(' ');
}
