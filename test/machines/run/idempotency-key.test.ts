// Which attempts share an idempotency key. Too few, and a payment that was answered too late is made again; too many,
// and what a person has done anew on purpose is not done. Method: runs of the pure core, and the keys of their tasks.
import { expect, test } from 'vitest';
import { idempotencyKey } from '../../../machines/run/run.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';

const keyOf = (run: Driven, address: string) => idempotencyKey(run.run(), address);
const retry = 'retry_policy: {max_attempts: 3, initial_delay: 1s, backoff: fixed}';

test('all attempts of a task share a key, also when its run failed and is retried', () => {
  const run = startedRun(chartOf(`- {id: pay, uses: noop, ${retry}}`));
  expect(keyOf(run, 'pay')).toBe('test-run/pay');

  run.fails('pay').passes(1_000).fails('pay').passes(1_000);
  expect([run.at('pay').attempt, keyOf(run, 'pay')]).toEqual([3, 'test-run/pay']);
  run.fails('pay').isIn('FAILED').does({ kind: 'retryRun' });
  expect([run.at('pay').attempt, keyOf(run, 'pay')]).toEqual([4, 'test-run/pay']);
});

test('what a person reruns has a new key, with all that follows from it, and nothing else has', () => {
  const run = startedRun(
    chartOf(`
    - {id: pay, uses: noop, ${retry}}
    - {id: ship, uses: noop, depends_on: pay}
    - {id: other, uses: noop}
  `),
  );
  run.completes('other').completes('pay').completes('ship').does({ kind: 'rerun', from: 'pay' });
  run.fails('pay').passes(1_000);
  expect(keyOf(run, 'pay')).toBe('test-run/pay:rerun-1');

  run.completes('pay').completes('ship').isIn('COMPLETED').does({ kind: 'rerun', from: 'ship' });
  const keys = ['pay', 'ship', 'other'].map((task) => keyOf(run, task));
  expect(keys).toEqual(['test-run/pay:rerun-1', 'test-run/ship:rerun-2', 'test-run/other']);
});

test('each item has a key of its own, which stays when the FORK around it is tried again', () => {
  const run = startedRun(
    chartOf(`
    - id: orders
      type: FORK
      for_each: "\${[1, 2]}"
      ${retry}
      tasks: [{id: pay, uses: noop}]
  `),
  );
  expect(keyOf(run, 'orders[0].pay')).toBe('test-run/orders[0].pay');
  expect(keyOf(run, 'orders[1].pay')).toBe('test-run/orders[1].pay');

  run.completes('orders[0].pay').fails('orders[1].pay', 'test.failed', true).passes(1_000);
  expect(run.at('orders').attempt).toBe(2);
  expect(keyOf(run, 'orders:2[1].pay')).toBe('test-run/orders[1].pay');

  run.completes('orders:2[0].pay').completes('orders:2[1].pay').isIn('COMPLETED');
  run.does({ kind: 'rerun', from: 'orders' });
  expect(keyOf(run, 'orders:3[1].pay')).toBe('test-run/orders:rerun-1[1].pay');
});

test('each pass through a loop has a key of its own', () => {
  const run = startedRun(
    chartOf(`
    - id: each
      type: DO_WHILE
      items: "\${[1, 2]}"
      tasks: [{id: pay, uses: noop}]
  `),
  );
  run.completes('each[0].pay');

  expect(keyOf(run, 'each[1].pay')).toBe('test-run/each[1].pay');
});

test('what undoes a task that was rerun has a new key as well', () => {
  const run = startedRun(
    chartOf(`
    - {id: pay, uses: noop, compensate: refund}
    - {id: refund, uses: noop}
    - {id: ship, uses: noop, depends_on: pay}
  `),
  );
  expect(keyOf(run, 'refund')).toBe('test-run/refund');

  run.completes('pay').completes('ship').isIn('COMPLETED').does({ kind: 'rerun', from: 'pay' });
  run.completes('pay').does({ kind: 'cancelRun' });
  expect(keyOf(run, 'refund')).toBe('test-run/refund:rerun-1');
});

test('the tasks of a run that another one started go on from the key of its task, whatever the attempt', () => {
  const chart = chartOf('- {id: pay, uses: noop}');
  const keyIn = (run: string, attempt: number) => {
    const child = startedRun(chart).run();
    const parent = { run: 'outer', task: 'orders', attempt, key: 'outer/orders' };
    return idempotencyKey({ ...child, state: { ...child.state, run, parent } }, 'pay');
  };

  expect([keyIn('child-1', 1), keyIn('child-2', 2)]).toEqual(['outer/orders/pay', 'outer/orders/pay']);
});
