// A FORK with branches: its tasks stand beside it and it is open until all of them are settled. Method: drive the core
// with commands; the driver replays every prefix of the journal besides.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun } from '../../../support/run-spec.ts';

const two = chartOf(`
  - id: fan
    type: FORK
    branches:
      - [{id: a1, uses: noop}, {id: a2, uses: noop}]
      - [{id: b1, uses: noop}]
  - {id: after, uses: noop, depends_on: fan}
`);

test('branches begin together, the tasks of a branch follow each other, and the ends are the output', () => {
  const run = startedRun(two);
  expect(run.effects()).toEqual(['a1#1', 'b1#1']);
  run.completes('b1', { b: 1 });
  expect(run.completes('a1').effects()).toEqual(['a2#1']);
  expect(run.statuses()['fan']).toBe('IN_PROGRESS');
  expect(run.completes('a2', { a: 2 }).effects()).toEqual(['after#1']);

  expect(run.at('fan')).toMatchObject({
    state: 'completed',
    attempt: 1,
    output: { a2: { a: 2 }, b1: { b: 1 } },
  });
  run.completes('after').isIn('COMPLETED');
});

test('a branch that fails fails the FORK, whose other branches are cancelled, and the run', () => {
  const run = startedRun(two).completes('a1').fails('b1', 'disk.full');

  run.isIn('FAILED');
  expect(run.statuses()).toEqual({
    fan: 'FAILED',
    a1: 'COMPLETED',
    a2: 'CANCELLED',
    b1: 'FAILED',
    after: 'CANCELLED',
  });
  expect(run.at('fan').error?.code).toBe('disk.full');
  expect(run.at('fan').worker).toBeUndefined();
  expect(run.run().state).toMatchObject({ failedTask: 'fan', error: { code: 'disk.full' } });
});

test('a FORK that is tried again begins every branch anew, with numbers that no attempt had before', () => {
  const run = startedRun(
    chartOf(`
      - id: fan
        type: FORK
        retry_policy: {max_attempts: 2, initial_delay: 5s}
        branches: [[{id: a, uses: noop}], [{id: b, uses: noop}], [{id: c, uses: noop}]]
    `),
  )
    .completes('a')
    .fails('b');

  expect(run.statuses()['fan']).toBe('RETRYING');
  expect(run.effects()).toEqual([]);
  expect(run.passes(5_000).effects()).toEqual(['a#2', 'b#2', 'c#2']);
  run.refuses(
    { kind: 'completeTask', task: 'c', attempt: 1, output: 'late', worker: 'w', startedAt: '' },
    'task.stale-attempt',
  );
  run.completes('a', 1).completes('b', 2).completes('c', 3).isIn('COMPLETED');
  expect(run.at('fan')).toMatchObject({ attempt: 2, output: { a: 1, b: 2, c: 3 } });
  expect(run.at('fan').error).toBeUndefined();
});

test('what waits for tasks of branches goes on waiting while their FORK is tried again', () => {
  const run = startedRun(
    chartOf(`
      - id: fan
        type: FORK
        retry_policy: {max_attempts: 2, initial_delay: 5s}
        branches: [[{id: a, uses: noop}], [{id: b, uses: noop}]]
      - {id: ends, type: JOIN, join_on: [a, b]}
      - {id: one, type: JOIN, join_on: b}
      - {id: whatever, type: JOIN, join_on: b, join: all_done}
    `),
  )
    .completes('a', 'first')
    .fails('b');

  expect(run.statuses()).toMatchObject({ ends: 'PENDING', one: 'PENDING', whatever: 'PENDING' });
  run.passes(5_000).completes('b', 'B');
  expect(run.statuses()).toMatchObject({ ends: 'PENDING', one: 'COMPLETED', whatever: 'COMPLETED' });
  expect(run.completes('a', 'second').at('ends').output).toEqual({ a: 'second', b: 'B' });
});

test('what waits for a task of a branch hears of it when the FORK has no attempt left', () => {
  const run = startedRun(
    chartOf(`
      - id: fan
        type: FORK
        optional: true
        total_timeout: 3s
        retry_policy: {max_attempts: 2, initial_delay: 5s}
        branches: [[{id: a, uses: noop}], [{id: b, uses: noop}]]
      - {id: one, type: JOIN, join_on: b}
      - {id: whatever, type: JOIN, join_on: b, join: all_done}
    `),
  ).fails('b');
  expect(run.statuses()).toMatchObject({ one: 'PENDING', whatever: 'PENDING' });

  expect(run.passes(3_000).statuses()).toMatchObject({
    fan: 'COMPLETED_WITH_ERRORS',
    one: 'SKIPPED',
    whatever: 'COMPLETED',
  });
  run.isIn('COMPLETED');
});

test('branches that may fail: the rest of theirs is skipped, the others go on, the output has those that completed', () => {
  const run = startedRun(
    chartOf(`
      - id: fan
        type: FORK
        tolerate_failures: 1
        branches:
          - [{id: a1, uses: noop}, {id: a2, uses: noop}]
          - [{id: b, uses: noop}]
          - [{id: c, uses: noop}]
    `),
  ).fails('a1');

  expect(run.statuses()).toEqual({
    fan: 'IN_PROGRESS',
    a1: 'FAILED',
    a2: 'SKIPPED',
    b: 'SCHEDULED',
    c: 'SCHEDULED',
  });
  expect(run.completes('b', 1).completes('c', 2).isIn('COMPLETED').at('fan').output).toEqual({ b: 1, c: 2 });
});

test('one branch more than may fail fails the FORK', () => {
  const run = startedRun(
    chartOf(`
      - id: fan
        type: FORK
        tolerate_failures: 50%
        branches: [[{id: a, uses: noop}], [{id: b, uses: noop}], [{id: c, uses: noop}]]
    `),
  ).fails('a', 'first.failed');
  run.isIn('RUNNING').fails('b', 'second.failed').isIn('FAILED');

  expect(run.at('fan').error?.code).toBe('second.failed');
});

test('a failure that something stands in for, or that is caught, is no failure of the branch', () => {
  const run = startedRun(
    chartOf(`
      - id: fan
        type: FORK
        branches:
          - [{id: a, uses: noop, optional: true}, {id: a2, uses: noop}]
          - [{id: b, uses: noop, when: "1 > 2"}, {id: b2, uses: noop}]
    `),
  ).fails('a');
  expect(run.statuses()).toMatchObject({ a: 'COMPLETED_WITH_ERRORS', b: 'SKIPPED' });

  expect(run.effects()).toEqual(['a2#1', 'b2#1']);
  run.completes('a2', 1).completes('b2', 2).isIn('COMPLETED');
});

test('a FORK that is not done in time is tried again or gives up; its branches end with it', () => {
  const timed = (keys: string) =>
    startedRun(
      chartOf(`
        - {id: fan, type: FORK, timeout: 10s, ${keys} branches: [[{id: a, uses: noop}], [{id: b, uses: noop}]]}
      `),
    ).completes('a');
  const failed = timed('').passes(10_000).isIn('FAILED');
  expect(failed.statuses()).toEqual({ fan: 'TIMED_OUT', a: 'COMPLETED', b: 'CANCELLED' });
  expect(failed.run().state.error?.code).toBe('task.timeout');

  const again = timed('retry_policy: {max_attempts: 2, initial_delay: 1s},').passes(11_000);
  expect(again.effects()).toEqual(['a#2', 'b#2']);
  expect(again.passes(10_000).statuses()['fan']).toBe('TIMED_OUT');
  timed('timeout_policy: alert,').passes(60_000).completes('b').isIn('COMPLETED');
});

test.each(['terminateRun', 'cancelRun'] as const)('%s ends a FORK with everything in it', (kind) => {
  const run = startedRun(two).does({ kind }).isIn('TERMINATED');

  expect(new Set(Object.values(run.statuses()))).toEqual(new Set(['CANCELLED']));
  expect(run.effects()).toEqual([]);
});

test('a FORK whose sibling fails is cancelled with everything in it', () => {
  const run = startedRun(
    chartOf(`
      - {id: other, uses: noop}
      - {id: fan, type: FORK, branches: [[{id: a, uses: noop}], [{id: b, uses: noop}]]}
    `),
  ).fails('other');

  expect(run.statuses()).toEqual({ other: 'FAILED', fan: 'CANCELLED', a: 'CANCELLED', b: 'CANCELLED' });
});

test('a FORK that is skipped skips its branches; one skipped by hand under way cancels them', () => {
  const never = startedRun(
    chartOf('- {id: fan, type: FORK, when: "1 > 2", branches: [[{id: a, uses: noop}, {id: b, uses: noop}]]}'),
  ).isIn('COMPLETED');
  expect(never.statuses()).toEqual({ fan: 'SKIPPED', a: 'SKIPPED', b: 'SKIPPED' });

  const byHand = startedRun(two).does({ kind: 'skipTask', task: 'fan' });
  expect(byHand.isIn('COMPLETED').statuses()).toMatchObject({
    fan: 'SKIPPED',
    a1: 'CANCELLED',
    after: 'SKIPPED',
  });
});

test('a FORK that is completed by hand has the output it was given, and its branches end', () => {
  const run = startedRun(two).does({ kind: 'resolveTask', task: 'fan', output: { by: 'hand' } });

  expect(run.at('fan').output).toEqual({ by: 'hand' });
  expect(run.statuses()).toMatchObject({ fan: 'COMPLETED', a1: 'CANCELLED', after: 'SCHEDULED' });
});

test('a task of a branch that somebody settled before its FORK began stays as it is', () => {
  const run = startedRun(
    chartOf(`
      - {id: first, uses: noop}
      - id: fan
        type: FORK
        depends_on: first
        branches: [[{id: a, uses: noop}], [{id: b, uses: noop}]]
    `),
  )
    .does({ kind: 'skipTask', task: 'a' })
    .does({ kind: 'resolveTask', task: 'b', output: 'mine' })
    .completes('first')
    .isIn('COMPLETED');

  expect(run.statuses()).toMatchObject({ a: 'SKIPPED', b: 'COMPLETED' });
  expect(run.at('fan').output).toEqual({ b: 'mine' });
});

test('a FORK out of attempts that asks for a person pauses the run, and begins anew when it is resumed', () => {
  const run = startedRun(
    chartOf(`
      - id: fan
        type: FORK
        retry_policy: {max_attempts: 1, on_exhausted: pause}
        branches: [[{id: a, uses: noop}], [{id: b, uses: noop}]]
      - {id: ends, type: JOIN, join_on: [a, b]}
    `),
  )
    .completes('a', 1)
    .fails('b')
    .isIn('PAUSED');
  expect(run.statuses()).toMatchObject({ fan: 'WAITING', ends: 'PENDING' });

  expect(run.does({ kind: 'resumeRun' }).effects()).toEqual(['a#2', 'b#2']);
  expect(run.completes('a', 1).completes('b', 2).isIn('COMPLETED').at('ends').output).toEqual({ a: 1, b: 2 });
});

test('the tasks of a branch can be read from outside and by the branches beside', () => {
  const run = startedRun(
    chartOf(`
      - id: fan
        type: FORK
        branches: [[{id: a, uses: noop}], [{id: b, uses: noop}]]
      - {id: seen, type: TRANSFORM, depends_on: fan, output: {sum: "\${a.output.n + fan.output.b.n}", s: "\${b.status}"}}
    `),
  )
    .completes('a', { n: 2 })
    .completes('b', { n: 3 });

  expect(run.isIn('COMPLETED').at('seen').output).toEqual({ sum: 5, s: 'COMPLETED' });
});

test('a failure that is caught in a branch does not count as one of those that may fail', () => {
  const run = startedRun(
    chartOf(`
      - id: fan
        type: FORK
        tolerate_failures: 1
        branches:
          - [{id: a, uses: noop, catch: [{errors: [no.stock], next: order}]}, {id: order, uses: noop}]
          - [{id: b, uses: noop}]
          - [{id: c, uses: noop}]
    `),
  ).fails('a', 'no.stock');
  expect(run.statuses()).toMatchObject({ fan: 'IN_PROGRESS', a: 'FAILED', order: 'SCHEDULED' });

  run.fails('b').isIn('RUNNING').completes('order', 1).completes('c', 2).isIn('COMPLETED');
  // What stands in is no part of the sequence, whose end did not complete.
  expect(run.at('fan').output).toEqual({ c: 2 });
});
