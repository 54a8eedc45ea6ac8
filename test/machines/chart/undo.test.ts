// Compensation: what the run did is undone, the last first, one after the other. Method: drive runs to their failure
// or cancellation and follow which undoing task is asked for next. Every event is replayed on the way (run-spec.ts).
import { expect, test } from 'vitest';
import { chartOf } from '../../support/chart-of.ts';
import { ended, names } from '../../support/child-runs.ts';
import { startedRun } from '../../support/run-spec.ts';

const trip = chartOf(`
  - {id: flight, uses: noop, compensate: no_flight}
  - {id: hotel, uses: noop, compensate: no_hotel}
  - {id: car, uses: noop, depends_on: [flight, hotel], compensate: no_car}
  - {id: no_flight, uses: noop}
  - {id: no_hotel, uses: noop, input: {room: "\${hotel.output.room}"}}
  - {id: no_car, uses: noop}
`);
const booked = () => startedRun(trip).completes('hotel', { room: 7 }).completes('flight');

test('what completed is undone in reverse order of completion, then the run fails with its cause', () => {
  const run = booked().fails('car', 'no.cars').isIn('COMPENSATING');
  expect(run.effects()).toEqual(['no_flight#1']);
  expect(run.completes('no_flight').effects()).toEqual(['no_hotel#1']);
  run.completes('no_hotel').isIn('FAILED');

  expect(run.run().state).toMatchObject({ failedTask: 'car', error: { code: 'no.cars' } });
  expect(run.statuses()).toMatchObject({ no_flight: 'COMPLETED', no_hotel: 'COMPLETED', no_car: 'SKIPPED' });
});

test('a cancelled run undoes and ends TERMINATED, also from a pause; a terminated one undoes nothing', () => {
  const run = booked()
    .does({ kind: 'pauseRun' })
    .does({ kind: 'cancelRun', reason: 'ill' })
    .isIn('COMPENSATING');
  run.completes('no_flight').completes('no_hotel').isIn('TERMINATED');
  expect(run.run().state.reason).toBe('ill');

  expect(booked().does({ kind: 'terminateRun' }).isIn('TERMINATED').effects()).toEqual([]);
});

test('a run that has nothing to undo ends at once', () => {
  startedRun(trip).does({ kind: 'cancelRun' }).isIn('TERMINATED');
  startedRun(trip).fails('hotel').isIn('FAILED');
});

test('a run that completes undoes nothing and shows the undoing tasks as skipped', () => {
  const run = booked().completes('car').isIn('COMPLETED');

  expect(run.statuses()).toMatchObject({ no_car: 'SKIPPED', no_hotel: 'SKIPPED', no_flight: 'SKIPPED' });
});

test('an undoing task that fails does not stop the others; the run ends FAILED and names it', () => {
  const run = booked()
    .fails('car', 'no.cars')
    .fails('no_flight', 'airline.shut')
    .completes('no_hotel')
    .isIn('FAILED');

  expect(run.run().state).toMatchObject({
    phase: 'compensation_failed',
    failedTask: 'car',
    error: {
      code: 'run.compensation-failed',
      details: { failed: ['no_flight'], cause: { code: 'no.cars' } },
    },
  });
  run.refuses({ kind: 'retryRun' }, 'run.compensated');
});

test('terminating ends compensation at once', () => {
  const run = booked()
    .does({ kind: 'cancelRun' })
    .does({ kind: 'terminateRun', reason: 'stop' })
    .isIn('TERMINATED');

  expect(run.effects()).toEqual([]);
  expect(run.statuses()).toMatchObject({ no_flight: 'CANCELLED', no_hotel: 'SKIPPED' });
});

test('a task that did not complete is not undone, and neither is one that something stood in for', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop, compensate: undo_a, optional: true}
      - {id: b, uses: noop, compensate: undo_b, fallback: c}
      - {id: c, uses: noop, compensate: undo_c}
      - {id: d, uses: noop}
      - {id: undo_a, uses: noop}
      - {id: undo_b, uses: noop}
      - {id: undo_c, uses: noop}
    `),
  )
    .fails('a')
    .fails('b')
    .completes('c')
    .fails('d');

  expect(run.effects()).toEqual(['undo_c#1']);
  run.completes('undo_c').isIn('FAILED');
});

test('an undoing task is tried again, timed, and completed or skipped by hand like any other', () => {
  const chart = chartOf(`
    - {id: a, uses: noop, compensate: undo_a}
    - {id: b, uses: noop, depends_on: a}
    - {id: undo_a, uses: noop, timeout: 10s, retry_policy: {max_attempts: 2, initial_delay: 1s}}
  `);
  const undoing = () => startedRun(chart).completes('a').fails('b').isIn('COMPENSATING');
  const begin = (attempt: number) => ({ kind: 'startTask', task: 'undo_a', attempt, worker: 'w' }) as const;

  const run = undoing().fails('undo_a').passes(1_000);
  expect(run.effects()).toEqual(['undo_a#2']);
  run.does(begin(2)).passes(9_999).isIn('COMPENSATING');
  expect(run.passes(1).isIn('FAILED').run().state.phase).toBe('compensation_failed');

  const byHand = undoing().does({ kind: 'resolveTask', task: 'undo_a', output: null }).isIn('FAILED');
  expect(byHand.run().state.phase).toBe('failed');
  expect(undoing().does({ kind: 'skipTask', task: 'undo_a' }).isIn('FAILED').run().state.phase).toBe(
    'failed',
  );
});

test('an undoing task whose condition is false has nothing to undo', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop, compensate: undo_a}
      - {id: b, uses: noop, depends_on: a}
      - {id: undo_a, uses: noop, when: "a.output.made"}
    `),
  )
    .completes('a', { made: false })
    .fails('b')
    .isIn('FAILED');

  expect(run.run().state).toMatchObject({ phase: 'failed', failedTask: 'b' });
});

test('an undoing task whose attempts are used up fails, whatever its policy would have a person look at', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop, compensate: undo_a}
      - {id: b, uses: noop, depends_on: a}
      - {id: undo_a, uses: noop, retry_policy: {on_exhausted: pause}}
    `),
  )
    .completes('a')
    .fails('b')
    .fails('undo_a')
    .isIn('FAILED');

  expect(run.run().state.phase).toBe('compensation_failed');
});

const orders = chartOf(`
  - id: orders
    type: FORK
    for_each: "\${['x', 'y']}"
    tasks:
      - {id: reserve, uses: noop, compensate: release}
      - {id: charge, uses: noop, depends_on: reserve, compensate: refund}
      - {id: release, uses: noop, input: {item: "\${item}", key: "\${reserve.output.key}"}}
      - {id: refund, uses: noop}
  - {id: ship, uses: noop, depends_on: orders}
`);

test('what the passes of a FORK did is undone across passes in reverse order of completion', () => {
  const run = startedRun(orders)
    .completes('orders[0].reserve')
    .completes('orders[1].reserve')
    .completes('orders[1].charge')
    .completes('orders[0].charge')
    .fails('ship');

  for (const task of ['orders[0].refund', 'orders[1].refund', 'orders[1].release', 'orders[0].release']) {
    expect(run.isIn('COMPENSATING').effects()).toEqual([`${task}#1`]);
    run.completes(task);
  }
  run.isIn('FAILED');
});

test('what a FORK that failed itself had done is undone, and late results of its other passes count no more', () => {
  const run = startedRun(orders)
    .completes('orders[0].reserve')
    .fails('orders[1].reserve')
    .isIn('COMPENSATING');
  expect(run.effects()).toEqual(['orders[0].release#1']);

  const late = { task: 'orders[0].charge', attempt: 1, worker: 'w', startedAt: '' };
  run.refuses({ kind: 'completeTask', output: {}, ...late }, 'task.not-open');
  run.refuses({ kind: 'skipTask', task: 'orders[0].charge' }, 'task.not-open');
  run.completes('orders[0].release').isIn('FAILED');
});

test('an undoing task that fails in a pass stops no other pass', () => {
  const run = startedRun(orders)
    .completes('orders[0].reserve')
    .completes('orders[1].reserve')
    .fails('orders[0].charge')
    .fails('orders[1].release')
    .completes('orders[0].release')
    .isIn('FAILED');

  expect(run.run().state.error?.details).toMatchObject({ failed: ['orders[1].release'] });
});

test('what each iteration of a loop did is undone, the last first', () => {
  const run = startedRun(
    chartOf(`
      - id: rounds
        type: DO_WHILE
        items: [1, 2, 3]
        keep_last: 1
        tasks:
          - {id: put, uses: noop, compensate: take}
          - {id: take, uses: noop, input: {i: "\${loop.iteration}"}}
      - {id: after, uses: noop, depends_on: rounds}
    `),
  )
    .completes('rounds[0].put')
    .completes('rounds[1].put')
    .completes('rounds[2].put')
    .fails('after');

  for (const index of [2, 1, 0]) {
    expect(run.effects()).toEqual([`rounds[${index}].take#1`]);
    run.completes(`rounds[${index}].take`);
  }
  run.isIn('FAILED');
});

test('what an earlier attempt of a FORK did is undone, too', () => {
  const run = startedRun(
    chartOf(`
      - id: orders
        type: FORK
        for_each: "\${['x', 'y']}"
        retry_policy: {max_attempts: 2, initial_delay: 1s}
        tasks:
          - {id: reserve, uses: noop, compensate: release}
          - {id: release, uses: noop}
      - {id: ship, uses: noop, depends_on: orders}
    `),
  )
    .completes('orders[0].reserve')
    .fails('orders[1].reserve')
    .passes(1_000)
    .completes('orders:2[0].reserve')
    .completes('orders:2[1].reserve')
    .fails('ship');

  for (const task of ['orders:2[1].release', 'orders:2[0].release', 'orders[0].release']) {
    expect(run.effects()).toEqual([`${task}#1`]);
    run.completes(task);
  }
  expect(run.isIn('FAILED').run().state.phase).toBe('failed');
});

test('another run may undo, and ends before the run that asked for it', () => {
  const chart = chartOf(`
    - {id: a, uses: noop, compensate: undo_a}
    - {id: b, uses: noop, depends_on: a}
    - {id: undo_a, type: SUB_WORKFLOW, workflow: child}
  `);
  const run = startedRun(chart).completes('a').fails('b');
  expect(run.effects()).toEqual(['delegate undo_a#1']);
  run.does(names('undo_a', 'c1')).does(ended('undo_a', 'c1')).isIn('FAILED');

  const hurried = startedRun(chart).completes('a').fails('b').does(names('undo_a', 'c1'));
  expect(hurried.does({ kind: 'terminateRun' }).isIn('CANCELLING').effects()).toEqual(['terminate c1']);
  hurried.does(ended('undo_a', 'c1', { status: 'TERMINATED' })).isIn('TERMINATED');
});

test('children end before anything is undone', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop, compensate: undo_a}
      - {id: sub, type: SUB_WORKFLOW, workflow: child}
      - {id: undo_a, uses: noop}
    `),
  )
    .completes('a')
    .does(names('sub', 'c1'))
    .does({ kind: 'cancelRun' });
  expect(run.isIn('CANCELLING').effects()).toEqual(['cancel c1']);

  expect(
    run
      .does(ended('sub', 'c1', { status: 'TERMINATED' }))
      .isIn('COMPENSATING')
      .effects(),
  ).toEqual(['undo_a#1']);
});

test('one task may undo two others, and runs once', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop, compensate: clean}
      - {id: b, uses: noop, compensate: clean}
      - {id: c, uses: noop, depends_on: [a, b]}
      - {id: clean, uses: noop}
    `),
  )
    .completes('a')
    .completes('b')
    .fails('c');

  run.completes('clean').isIn('FAILED');
  expect(run.trail.filter((each) => each.startsWith('clean:'))).toEqual([
    'clean: standby -> scheduled',
    'clean: scheduled -> completed',
  ]);
});

test('a FORK may undo: its branches begin only then', () => {
  const chart = chartOf(`
    - {id: a, uses: noop, compensate: undo}
    - {id: b, uses: noop, depends_on: a}
    - id: undo
      type: FORK
      branches: [[{id: u1, uses: noop}], [{id: u2, uses: noop}]]
  `);
  startedRun(chart).completes('a').completes('b').isIn('COMPLETED');

  const run = startedRun(chart).completes('a').fails('b').isIn('COMPENSATING');
  expect(run.effects()).toEqual(['u1#1', 'u2#1']);
  run.completes('u2').completes('u1').isIn('FAILED');
});

test('an undoing task may wait for a signal', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop, compensate: undo}
      - {id: b, uses: noop, depends_on: a}
      - {id: undo, type: WAIT, signal: undone}
    `),
  )
    .completes('a')
    .fails('b')
    .isIn('COMPENSATING');

  run.does({ kind: 'signal', name: 'undone', data: {} }).isIn('FAILED');
});
