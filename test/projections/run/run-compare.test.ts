// Two runs side by side. Method: both are driven over the real core, in other orders and to other ends; what is told is
// compared with what a person would say of them. Which of two tasks was faster must never count as another way.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { parseStored } from '../../../machines/run/record/stored-record.ts';
import { createRunBook } from '../../../src/projections/run/run-book.ts';
import { type Compared, runComparison } from '../../../src/projections/run/run-compare.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';
import { startMs, viewOf } from '../view-of.ts';

const chart = chartOf(
  `
  - { id: left, assigned_to: X, output: [total], retry_policy: { max_attempts: 2, initial_delay: 1s } }
  - { id: right, assigned_to: Y }
  - { id: choose, type: DECISION, depends_on: [left, right], decision_param: '\${tasks.left.output.total > 3}', decision_cases: { 'true': { next: big } }, default_case: { next: small } }
  - { id: big, type: NOOP }
  - { id: small, type: NOOP }
  `,
  'input: { required: [who, pin], properties: { pin: { type: string, secret: true } } }',
);
const nowMs = startMs + 60_000;

function compared(driven: Driven): Compared {
  const book = createRunBook();
  const run = driven.run().state.run;
  for (const [index, body] of driven.bodies.entries())
    book.add(parseStored({ run, position: index + 1, body }));

  return { view: viewOf(driven), shortId: 'short', way: book.rows.map((row) => ({ run, row })) };
}

const started = (who: Json, of: Chart = chart) => startedRun(of, { who, pin: `pin of ${String(who)}` });
const between = (one: Driven, other: Driven) => runComparison(compared(one), compared(other), nowMs);
const toEnd = (driven: Driven, total: number) => driven.completes('left', { total }).completes('right');

test('runs that were given the same and did the same differ in nothing', () => {
  const { way, parting, input, context, tasks } = between(toEnd(started('ana'), 1), toEnd(started('ana'), 1));

  expect({ way, parting, input, context }).toEqual({
    way: 'same',
    parting: undefined,
    input: [],
    context: [],
  });
  expect(tasks.map(({ task, isDifferent }) => [task, isDifferent])).toEqual([
    ['left', false],
    ['right', false],
    ['choose', false],
    ['big', false],
    ['small', false],
  ]);
});

test('which of two tasks beside one another was done first is no other way', () => {
  const other = started('ana').completes('right').completes('left', { total: 1 });

  expect(between(toEnd(started('ana'), 1), other).way).toBe('same');
});

test('whether the beginning of an attempt was noted, which depends on how long it took, is no other way', () => {
  const slow = started('ana').does({
    kind: 'startTask',
    task: 'left',
    attempt: 1,
    worker: 'tester',
  });

  expect(between(toEnd(started('ana'), 1), toEnd(slow, 1)).way).toBe('same');
});

test('what was given and what came of it is told by its path; a secret is named and not compared', () => {
  const { input, hidden, context } = between(toEnd(started('ana'), 1), toEnd(started('bob'), 2));

  expect(input).toEqual([{ path: 'who', one: 'ana', other: 'bob' }]);
  expect(hidden).toEqual(['pin']);
  expect(context).toContainEqual({ path: 'tasks.left.output.total', one: 1, other: 2 });
  expect(JSON.stringify({ input, context })).not.toContain('pin of');
});

test('the ways part where a decision chose otherwise, and the values that it saw are told', () => {
  const { way, parting, tasks } = between(toEnd(started('ana'), 1), toEnd(started('ana'), 9));

  expect(way).toBe('parts');
  expect(parting).toMatchObject({
    task: 'choose',
    one: { run: 'test-run', type: 'decision.made', note: 'false led to small' },
    other: { type: 'decision.made', note: 'true led to big' },
  });
  expect(tasks.filter(({ isDifferent }) => isDifferent).map(({ task }) => task)).toEqual(['big', 'small']);
});

test('the ways part at the attempt that failed in one of them, not at all that followed', () => {
  const other = toEnd(started('ana').fails('left').passes(5_000), 1);
  const { parting, tasks } = between(toEnd(started('ana'), 1), other);

  expect(parting).toMatchObject({
    task: 'left',
    one: { status: 'COMPLETED' },
    other: { status: 'RETRYING', note: 'test.failed: left failed' },
  });
  expect(tasks[0]).toMatchObject({
    task: 'left',
    one: { status: 'COMPLETED', attempts: 1, tookMs: 0 },
    other: { status: 'COMPLETED', attempts: 2, tookMs: 5_000 },
    differenceMs: 5_000,
    isDifferent: true,
  });
});

test('what a run under way has not come to yet is no other way', () => {
  const { way, parting, other } = between(toEnd(started('ana'), 1), started('ana').completes('right'));

  expect({ way, parting }).toEqual({ way: 'same-so-far', parting: undefined });
  expect(other).toMatchObject({ shown: 'RUNNING', tookMs: 60_000, settled: 1, taskCount: 5 });
});

test('runs of other definitions are held against each other task by task', () => {
  const short = chartOf('- { id: left, assigned_to: X, output: [total] }', 'input: { required: [who, pin] }');
  const { parting, tasks } = between(
    started('ana', short).completes('left', { total: 1 }),
    toEnd(started('ana'), 1),
  );

  expect(parting).toMatchObject({ task: 'right', other: { status: 'SCHEDULED' } });
  expect(parting?.one).toBeUndefined();
  expect(tasks.find(({ task }) => task === 'right')).toMatchObject({ one: undefined, isDifferent: true });
});
