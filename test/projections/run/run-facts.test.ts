// What is to be known of a run besides its tasks. Method: real runs; what comes from outside is put beside their view.
import { expect, test } from 'vitest';
import type { RunView } from '../../../src/ports/runs/workflows.ts';
import { runFacts } from '../../../src/projections/run/run-facts.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun, undrivenRun } from '../../support/run-spec.ts';
import { viewOf } from '../view-of.ts';

const chart = chartOf(`
  - { id: book, uses: notify, compensate: unbook }
  - { id: unbook, uses: notify }
  - { id: hold, type: WAIT, signal: paid, depends_on: book }
`);

test('an ordinary run has none', () => {
  expect(runFacts(viewOf(startedRun(chart)))).toEqual([]);
});

test('says where a run comes from', () => {
  const parent = { run: 'other', task: 'each[1].pay', attempt: 2 };
  const run = undrivenRun(chart).does({ kind: 'startRun', run: 'test-run', input: {}, parent });
  expect(facts(viewOf(run))).toEqual(['parent: each[1].pay of run other, attempt 2']);
  const view = viewOf(startedRun(chart));
  const state = { ...view.state, forkedFrom: { run: 'old', at: 7, hash: '' }, failureOf: 'broken' };
  expect(facts({ ...view, state })).toEqual([
    'forked from: event 7 of run old',
    'answers: the failure of run broken',
  ]);
});

test('says how far the undoing is, and why it came to that', () => {
  const run = startedRun(chart).completes('book').does({ kind: 'cancelRun', reason: 'late' });
  expect(facts(viewOf(run))).toEqual(['reason: late', 'to undo: unbook']);
  run.completes('unbook');
  expect(facts(viewOf(run))).toEqual(['reason: late', 'undone by: unbook']);
});

test('says which signals nobody has asked for', () => {
  const run = startedRun(chart).does({ kind: 'signal', name: 'early', data: {} });
  expect(facts(viewOf(run))).toEqual(['signals: early (kept for a task that asks for them)']);
});

test('says how the circuit breakers are', () => {
  const breakers = {
    a: { state: 'closed' },
    b: { state: 'open', untilMs: 0 },
    c: { state: 'half_open', probesLeft: 2 },
  } as const;
  expect(facts({ ...viewOf(startedRun(chart)), breakers })).toEqual([
    'breaker: a: closed',
    'breaker: b: open until 1970-01-01T00:00:00.000Z: no attempt begins before',
    'breaker: c: half open, 2 more attempts may show whether it works again',
  ]);
});

function facts(view: RunView): readonly string[] {
  return runFacts(view).map(({ name, text }) => `${name}: ${text}`);
}
