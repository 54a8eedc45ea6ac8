// What an event says besides its type. Method: every type of the catalogue with a fact by hand, and its note whole.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { catalogue } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import { noteOfRecord } from '../../../src/projections/task/fact-note.ts';

const error = { code: 'pay.declined', message: 'no', retryable: false };
const definition = { id: 'child', version: 1, hash: '' };
const cases: readonly (readonly [string, Json, string])[] = [
  ['run.started', { input: {} }, ''],
  ['run.started', { parent: { run: 'r', task: 'each[1].pay' } }, 'for each[1].pay of run r'],
  ['run.started', { failureOf: 'r' }, 'answers the failure of run r'],
  ['run.admitted', { key: 'orders' }, 'a place for orders'],
  ['run.paused', { reason: 'lunch' }, 'lunch'],
  ['run.resumed', {}, ''],
  ['run.cancelled', { reason: 'late' }, 'late'],
  ['run.retried', { reason: 'mended' }, 'mended'],
  ['run.terminated', {}, ''],
  ['run.completed', { output: {} }, ''],
  ['run.failed', { error }, 'pay.declined: no'],
  ['run.rerun', { from: 'pay', before: { input: { n: 1 } }, reason: 'typo' }, 'from pay: typo'],
  [
    'run.rerun',
    { from: 'pay', before: { input: { n: 1, same: [1] } }, input: { n: 2, same: [1], more: true } },
    'from pay: more none → true, n 1 → 2',
  ],
  [
    'run.rerun',
    { from: 'pay', before: { input: {}, taskInput: 1 }, taskInput: 2 },
    'from pay: input of pay: 1 → 2',
  ],
  ['run.forked', { from: { run: 'r', at: 3 }, state: { input: { n: 1 } } }, 'from event 3 of run r'],
  [
    'run.forked',
    { from: { run: 'r', at: 3 }, state: { input: { n: 1 } }, input: { n: 'x'.repeat(60) } },
    `from event 3 of run r: n 1 → "${'x'.repeat(38)}…`,
  ],
  [
    'run.migrated',
    { from: { ...definition, version: 3 }, definition: { ...definition, version: 4 } },
    'v3 → v4',
  ],
  ['failure-workflow.started', { run: 'r' }, 'as run r'],
  ['failure-workflow.started', { error }, 'pay.declined: no'],
  ['dead-letter.dropped', { reason: 'old' }, 'old'],
  ['signal.received', { name: 'paid', tasks: ['a', 'b'] }, '"paid" for a, b'],
  ['signal.received', { name: 'paid', tasks: [] }, '"paid" kept: it is for none of the tasks that wait'],
  ['signal.taken', { name: 'paid' }, '"paid" had come before'],
  ['condition.evaluated', { result: false }, 'its condition does not hold'],
  ['task.assigned', { agents: [{ agent: 'SCANNER' }, { agent: 'WRITER' }] }, 'to SCANNER, WRITER'],
  [
    'task.assigned',
    { agents: [{ agent: 'OX' }], by: 'ana', from: 'MOLE', taken: 'w1', reason: 'ill' },
    'to OX by ana instead of MOLE, taken away from w1: ill',
  ],
  [
    'tasks.assigned',
    { assignments: ['A', 'B', 'A'].map((agent) => ({ agents: [{ agent }] })) },
    '3 attempts, to A, B',
  ],
  ['task.started', { worker: 'w' }, ''],
  ['task.started', { worker: 'v', lost: 'w' }, 'worker w lost, begun again by v'],
  ['task.heartbeat', { progress: { percent: 41.6, message: 'files' } }, '42% files'],
  ['task.completed', { output: { total_files: 7 } }, '7 files'],
  ['task.failed', { attempt: 2, error }, 'attempt 2: pay.declined: no'],
  ['task.logged', { attempt: 2, log: { stderr: 'so far' } }, 'attempt 2 had printed 19 bytes'],
  [
    'task.logged',
    { attempt: 1, log: { $blob: { digest: 'd'.repeat(64), bytes: 9_300 } } },
    'attempt 1 had printed 9 KiB',
  ],
  ['task.skipped', { reason: 'free' }, 'by hand: free'],
  ['task.resolved', { output: { status: 'ok' } }, 'by hand: ok'],
  ['decision.made', { case: 'A', next: ['x'] }, 'A → x'],
  ['decision.made', { next: [] }, 'no case matched'],
  ['approval.granted', { by: 'ana', comment: 'fine' }, 'by ana: fine'],
  ['approval.denied', { by: 'ana' }, 'by ana'],
  [
    'approval.change-requested',
    { by: 'ana', comment: 'shorter', round: 2, from: 'write' },
    'by ana, round 2, from write: shorter',
  ],
  ['approval.delegated', { by: 'ana', to: 'bob', reason: 'away' }, 'by ana to bob: away'],
  ['approval.refused', { by: 'eve', decision: 'approve', message: 'why' }, 'eve could not approve: why'],
  ['items.listed', { count: 100 }, '100 items'],
  ['items.listed', { count: 1 }, '1 item'],
  ['loop.evaluated', { iteration: 2, result: true }, 'iteration 2: another one follows'],
  ['loop.evaluated', { iteration: 3, result: false }, 'iteration 3: the last one'],
  ['wait.armed', { until: '2026-01-01T00:00:00Z' }, 'until 2026-01-01T00:00:00Z'],
  ['wait.armed', {}, 'for a signal'],
  ['names.evaluated', { names: { agent: 'ana' } }, 'ana'],
  ['names.evaluated', { names: { skills: ['cut', 'sew'] } }, '["cut","sew"]'],
  ['variables.set', { values: { a: 1, b: 2 } }, 'a, b'],
  ['termination.reached', { status: 'FAILED', reason: 'enough' }, 'FAILED: enough'],
  ['child.started', { run: 'r', definition }, 'run r of child'],
  ['child.ended', { run: 'r', status: 'FAILED', error }, 'run r FAILED: pay.declined: no'],
  ['timer.fired', { timer: 'task.retry' }, 'next attempt'],
  ['timer.fired', { timer: 'run.timeout', dueAt: 'then' }, 'run.timeout at then'],
  ['timer.fired', { timer: 'approval.timeout', dueAt: 'then' }, 'approval.timeout at then: escalated'],
];

test.each(cases)('%s %j says %j', (type, fact, note) => {
  expect(noteOfRecord({ type, data: { fact, transitions: [] } } as unknown as JournalRecord)).toBe(note);
});

test('every type of event is among them', () => {
  const told = new Set(cases.map(([type]) => type));
  expect(catalogue.map(({ type }) => type).filter((type) => !told.has(type))).toEqual([]);
});
