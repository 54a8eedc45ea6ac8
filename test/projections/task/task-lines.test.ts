// What a progress display says of every task. Method: real runs are driven to a state, and the lines are compared
// whole.
import { expect, test } from 'vitest';
import { progressOf, taskLines } from '../../../src/projections/task/task-order.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';
import { startMs, viewOf } from '../view-of.ts';

const retried = chartOf(`
  - id: scan
    uses: files.scan
    retry_policy: { max_attempts: 3, initial_delay: 10s, backoff: fixed }
  - { id: after, type: NOOP, depends_on: scan }
`);

test('says which attempt comes when, and why', () => {
  const run = startedRun(retried).fails('scan', 'file.not-found');
  const [scan, after] = taskLines(viewOf(run), startMs + 4_000);
  expect(scan).toMatchObject({ id: 'scan', status: 'RETRYING', attempt: 1, attemptsMax: 3 });
  expect(scan?.note).toMatch(/^attempt 2 of 3 in 6s, last: /);
  expect(after).toMatchObject({ status: 'PENDING', note: '' });
});

test('says how often a failed task was tried, and the code', () => {
  const run = startedRun(retried).fails('scan', 'file.broken', false);
  expect(taskLines(viewOf(run), startMs)[0]?.note).toMatch(/^attempt 1 of 3: file\.broken: /);
});

test('says what nobody carries out only when it has been waiting for a while', () => {
  const view = viewOf(startedRun(chartOf('- { id: ask, assigned_to: SCOUT }')));
  expect(taskLines(view, startMs + 1_000)[0]?.note).toBe('');
  expect(taskLines(view, startMs + 3_000)[0]?.note).toContain('waiting for a worker of the agent "SCOUT"');
});

test('says who may approve, how many have, and who did', () => {
  const run = startedRun(
    chartOf('- { id: ok, type: HUMAN, wait_for_approval: true, quorum: 2, approvers: { names: [ana, bo] } }'),
  );
  expect(taskLines(viewOf(run), startMs + 5_000)[0]).toMatchObject({
    status: 'PENDING_APPROVAL',
    elapsedMs: 5_000,
    note: '0 of 2 given, by ana or bo',
  });
  run.does({ kind: 'approve', task: 'ok', by: 'ana' }).does({ kind: 'approve', task: 'ok', by: 'bo' });
  expect(taskLines(viewOf(run), startMs)[0]).toMatchObject({ status: 'COMPLETED', note: 'approved by bo' });
});

test('says which case a decision took', () => {
  const run = startedRun(
    chartOf(`
      - { id: gate, type: DECISION, decision_param: '\${1 + 1}', decision_cases: { '2': { next: yes_task } }, default: no_task }
      - { id: yes_task, type: NOOP }
      - { id: no_task, type: NOOP }
    `),
  );
  expect(taskLines(viewOf(run), startMs)[0]?.note).toBe('2 → yes_task');
  expect(progressOf(viewOf(run))).toEqual({ settled: 3, taskCount: 3 });
});
