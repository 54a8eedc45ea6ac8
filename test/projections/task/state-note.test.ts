// The few words at a task that waits, was caught or works on a list. Method: real runs, driven to the state.
import { expect, test } from 'vitest';
import { taskLines } from '../../../src/projections/task/task-order.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';
import { startMs, viewOf } from '../view-of.ts';

test('a task whose failure was caught says where the run went on', () => {
  const run = startedRun(
    chartOf(`
      - { id: pay, uses: notify, catch: [{ errors: ['*'], next: sorry }] }
      - { id: sorry, uses: notify }
    `),
  ).fails('pay', 'pay.declined', false);
  expect(noteOf(run, 'pay')).toMatch(/^pay\.declined: .* → sorry$/);
});

test('a task in recovery says what stands in for it', () => {
  const run = startedRun(
    chartOf('- { id: pay, uses: notify, fallback: cash }\n- { id: cash, uses: notify }'),
  ).fails('pay', 'x', false);
  expect(noteOf(run, 'pay')).toMatch(/^cash stands in for it: x: /);
});

test.each([
  ['{ signal: paid }', 'for the signal "paid"'],
  ['{ duration: 1h }', 'until 2026-01-01T01:00:00.000Z'],
  ['{ signal: paid, duration: 1h }', 'for the signal "paid", or until 2026-01-01T01:00:00.000Z'],
  ['{}', 'to be completed by hand'],
])('a WAIT with %s says what it waits for: %s', (keys, note) => {
  const inner = keys.slice(1, -1).trim();
  const run = startedRun(chartOf(`- { id: hold, type: WAIT${inner === '' ? '' : `, ${inner}`} }`));
  expect(noteOf(run, 'hold')).toBe(note);
});

test('a task that undoes another says which', () => {
  const run = startedRun(
    chartOf('- { id: book, uses: notify, compensate: unbook }\n- { id: unbook, type: NOOP }'),
  );
  expect(noteOf(run, 'unbook')).toBe('undoes book, if it comes to that');
});

test('attempts that a retry made count no more keep their numbers', () => {
  const run = startedRun(chartOf('- { id: pay, uses: notify, retry_policy: { max_attempts: 2 } }'));
  run.fails('pay', 'x', false).does({ kind: 'retryRun' }).fails('pay', 'x', false);
  expect(noteOf(run, 'pay')).toMatch(/^attempt 2 of 3: x: /);
});

test('a list that was worked on says how it went', () => {
  const run = startedRun(
    chartOf(`
      - id: each
        type: FORK
        for_each: '\${[1, 2]}'
        tolerate_failures: 1
        tasks: [{ id: pay, uses: notify }]
    `),
  );
  run.completes('each[0].pay').fails('each[1].pay', 'x', false);
  expect(noteOf(run, 'each')).toBe('1/2 done, 1 failed');
  expect(noteOf(run, 'each[1].pay')).toMatch(/^x: /);
});

function noteOf(run: Driven, id: string): string | undefined {
  return taskLines(viewOf(run), startMs).find((line) => line.id === id)?.note;
}
