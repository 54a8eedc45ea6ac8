// A FORK over a list: one pass through its body for every item, so many at a time. Method: drive the core with
// commands; the driver replays every prefix of the journal besides.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const listed = 'input: {required: [orders]}';
const fork = (keys: string, body = '[{id: pay, uses: noop}]') =>
  chartOf(`- {id: each, type: FORK, for_each: "\${workflow.input.orders}", ${keys} tasks: ${body}}`, listed);
const started = (keys: string, orders: Json, body?: string) => startedRun(fork(keys, body), { orders });

test('every item has a pass of its own; results stand in the order of the items, whenever they came', () => {
  const run = started('', ['a', 'b', 'c']);
  expect(run.effects()).toEqual(['each[0].pay#1', 'each[1].pay#1', 'each[2].pay#1']);
  run.completes('each[2].pay', 'C').completes('each[0].pay', 'A').isIn('RUNNING');

  run.completes('each[1].pay', 'B').isIn('COMPLETED');
  expect(run.at('each').output).toEqual({
    results: ['A', 'B', 'C'],
    failures: [],
    total: 3,
    succeeded: 3,
    failed: 0,
  });
});

test('an empty list is done at once', () => {
  const run = started('', []).isIn('COMPLETED');

  expect(run.at('each').output).toEqual({ results: [], failures: [], total: 0, succeeded: 0, failed: 0 });
});

test('what is no list fails the task with what it got', () => {
  const run = started('', { not: 'a list' }).isIn('FAILED');

  expect(run.at('each').error).toMatchObject({
    code: 'items.not-a-list',
    message: 'each needs a list, and got {"not":"a list"}',
  });
});

test('no more passes are under way than concurrency allows, and each that ends makes room for the next', () => {
  const run = started('concurrency: 2,', [1, 2, 3, 4, 5]);
  expect(run.effects()).toEqual(['each[0].pay#1', 'each[1].pay#1']);
  expect(run.completes('each[1].pay').effects()).toEqual(['each[0].pay#1', 'each[2].pay#1']);
  expect(run.completes('each[0].pay').effects()).toEqual(['each[2].pay#1', 'each[3].pay#1']);
});

test('a hundred passes are under way where the definition does not say how many', () => {
  const orders = Array.from({ length: 130 }, (_, index) => index);
  const run = started('', orders);
  expect(run.effects()).toHaveLength(100);
  expect(run.completes('each[99].pay').effects().at(-1)).toBe('each[100].pay#1');
});

test('passes that need nobody follow each other within one event, however many there are', () => {
  const orders = Array.from({ length: 1_000 }, (_, index) => index);
  const run = started('concurrency: 3,', orders, '[{id: nothing, type: NOOP}]').isIn('COMPLETED');

  expect(run.bodies).toHaveLength(2);
  expect(run.at('each').output).toMatchObject({ total: 1_000, succeeded: 1_000 });
});

test('an item, its place and its name are seen in its pass, as are tasks from outside', () => {
  const run = startedRun(
    chartOf(
      `
      - {id: rate, type: TRANSFORM, output: {by: "\${2}"}}
      - id: each
        type: FORK
        depends_on: rate
        for_each: "\${workflow.input.orders}"
        as: order
        tasks:
          - {id: sum, type: TRANSFORM, output: {n: "\${order.n * rate.output.by + index}", same: "\${item == order}"}}
          - {id: text, type: TRANSFORM, depends_on: sum, output: {is: "\${string(sum.output.n)} of \${string(order.n)}"}}
    `,
      listed,
    ),
    { orders: [{ n: 5 }, { n: 7 }] },
  ).isIn('COMPLETED');

  expect(run.at('each').output).toMatchObject({
    results: [
      { sum: { n: 10, same: true }, text: { is: '10 of 5' } },
      { sum: { n: 15, same: true }, text: { is: '15 of 7' } },
    ],
  });
});

test('a condition may leave the work of an item out', () => {
  const run = started('', [1, 2, 3], '[{id: pay, uses: noop, when: "item > 1"}]');
  expect(run.effects()).toEqual(['each[1].pay#1', 'each[2].pay#1']);
  run.completes('each[1].pay', 'B').completes('each[2].pay', 'C');

  expect(run.at('each').output).toMatchObject({ results: [null, 'B', 'C'], succeeded: 3, failed: 0 });
});

test('a pass that fails fails the FORK; the others are given up and their late results refused', () => {
  const run = started('', [1, 2, 3]).completes('each[0].pay').fails('each[1].pay', 'card.declined');

  run.isIn('FAILED');
  expect(run.at('each')).toMatchObject({ state: 'failed', error: { code: 'card.declined' } });
  expect(run.effects()).toEqual([]);
  run.refuses(
    { kind: 'completeTask', task: 'each[2].pay', attempt: 1, output: 1, worker: 'w', startedAt: '' },
    'run.closed',
  );
});

test.each([
  ['tolerate_failures: 2,', 2],
  ['tolerate_failures: 50%,', 2],
  ['tolerate_failures: 74%,', 2],
  ['tolerate_failures: 75%,', 3],
])('with %s so many of four items may fail', (keys, most) => {
  const run = started(keys, ['a', 'b', 'c', 'd']);
  for (let index = 0; index < most; index += 1) run.fails(`each[${index}].pay`, `code.${index}`);
  run.isIn('RUNNING');
  const one = started(keys, ['a', 'b', 'c', 'd']);
  for (let index = 0; index <= most; index += 1) one.fails(`each[${index}].pay`);
  one.isIn('FAILED');

  for (let index = most; index < 4; index += 1) run.completes(`each[${index}].pay`, index);
  expect(run.isIn('COMPLETED').at('each').output).toMatchObject({
    results: [0, 1, 2, 3].map((index) => (index < most ? null : index)),
    failures: Array.from({ length: most }, (_, index) => ({
      index,
      code: `code.${index}`,
      message: `each[${index}].pay failed`,
    })),
    total: 4,
    succeeded: 4 - most,
    failed: most,
  });
});

test('a pass that fails and is tolerated ends its other tasks, and makes room', () => {
  const body = '[{id: pay, uses: noop}, {id: ship, uses: noop}]';
  const run = started('tolerate_failures: 1, concurrency: 1,', [1, 2], body).fails('each[0].pay');

  expect(run.effects()).toEqual(['each[1].pay#1', 'each[1].ship#1']);
  run.refuses(
    { kind: 'completeTask', task: 'each[0].ship', attempt: 1, output: 1, worker: 'w', startedAt: '' },
    'task.not-open',
  );
});

test('a task of a pass has its own retries, time-outs, fallback and catch', () => {
  const body = `[
    {id: pay, uses: noop, timeout: 2s, retry_policy: {max_attempts: 2, initial_delay: 1s}, fallback: owe},
    {id: owe, uses: noop}
  ]`;
  const run = started('', [1, 2], body).fails('each[0].pay');
  expect(run.at('each[0].pay').state).toBe('retrying');
  expect(run.passes(1_000).effects()).toEqual(['each[0].pay#2', 'each[1].pay#1']);
  run.does({ kind: 'startTask', task: 'each[0].pay', attempt: 2, worker: 'w' }).passes(2_000);
  expect(run.effects()).toEqual(['each[0].owe#1', 'each[1].pay#1']);
  run.completes('each[0].owe', 'later').completes('each[1].pay', 'paid').isIn('COMPLETED');

  expect(run.at('each').output).toMatchObject({ results: [{ pay: 'later', owe: 'later' }, { pay: 'paid' }] });
});

test('a FORK that is tried again makes its list anew, and its passes have new addresses', () => {
  const run = started('retry_policy: {max_attempts: 2, initial_delay: 1s},', [1, 2])
    .completes('each[0].pay', 'old')
    .fails('each[1].pay');
  expect(run.statuses()['each']).toBe('RETRYING');
  run.refuses(
    { kind: 'completeTask', task: 'each[1].pay', attempt: 1, output: 1, worker: 'w', startedAt: '' },
    'task.not-open',
  );

  expect(run.passes(1_000).effects()).toEqual(['each:2[0].pay#1', 'each:2[1].pay#1']);
  run.completes('each:2[0].pay', 'a').completes('each:2[1].pay', 'b').isIn('COMPLETED');
  expect(run.at('each')).toMatchObject({ attempt: 2, output: { results: ['a', 'b'] } });
  expect(run.at('each').error).toBeUndefined();
});

test('a FORK that is not done in time is tried again or gives up', () => {
  const failed = started('timeout: 5s,', [1, 2]).completes('each[0].pay').passes(5_000).isIn('FAILED');
  expect(failed.at('each')).toMatchObject({ state: 'timed_out', error: { code: 'task.timeout' } });

  const again = started('timeout: 5s, retry_policy: {max_attempts: 2, initial_delay: 1s},', [1]).passes(
    6_000,
  );
  expect(again.effects()).toEqual(['each:2[0].pay#1']);
  expect(again.passes(5_000).isIn('FAILED').at('each').state).toBe('timed_out');
});

test.each(['terminateRun', 'cancelRun'] as const)('%s ends a FORK with its passes', (kind) => {
  const run = started('', [1, 2]).completes('each[0].pay').does({ kind }).isIn('TERMINATED');

  expect(run.statuses()).toEqual({ each: 'CANCELLED' });
  expect(run.effects()).toEqual([]);
});

test('a FORK whose sibling fails is cancelled with its passes', () => {
  const run = startedRun(
    chartOf(
      `
      - {id: other, uses: noop}
      - {id: each, type: FORK, for_each: "\${workflow.input.orders}", tasks: [{id: pay, uses: noop}]}
    `,
      listed,
    ),
    { orders: [1] },
  ).fails('other');

  expect(run.isIn('FAILED').statuses()).toEqual({ other: 'FAILED', each: 'CANCELLED' });
});

test('a FORK that is completed by hand has the output it was given', () => {
  const run = started('', [1, 2]).does({ kind: 'resolveTask', task: 'each', output: 'enough' });

  expect(run.isIn('COMPLETED').at('each').output).toBe('enough');
});

test('a task of a pass may be skipped and completed by hand', () => {
  const run = started('', [1, 2])
    .does({ kind: 'skipTask', task: 'each[0].pay' })
    .does({ kind: 'resolveTask', task: 'each[1].pay', output: 'cash' })
    .isIn('COMPLETED');

  expect(run.at('each').output).toMatchObject({ results: [null, 'cash'], succeeded: 2 });
});

test('during a pause nothing new is asked for in any pass, and everything when the run is resumed', () => {
  const run = started('concurrency: 2,', [1, 2, 3]).does({ kind: 'pauseRun' });
  expect(run.completes('each[0].pay').effects()).toEqual([]);

  expect(run.does({ kind: 'resumeRun' }).effects()).toEqual(['each[1].pay#1', 'each[2].pay#1']);
});

test('a FORK over a workflow has a run carry every item out, each in its turn', () => {
  const run = startedRun(
    chartOf('- {id: each, type: FORK, for_each: "${workflow.input.orders}", workflow: pay}', listed),
    { orders: ['a', 'b'] },
  );
  expect(run.effects()).toEqual(['delegate each[0].each/item#1', 'delegate each[1].each/item#1']);
  const definition = { id: 'pay', version: 1, hash: 'f'.repeat(64) };
  for (const index of [0, 1]) {
    const of = { task: `each[${index}].each/item`, attempt: 1 } as const;
    run.does({ kind: 'delegate', ...of, child: { run: `c${index}`, definition, input: {} } });
    run.does({ kind: 'endChild', ...of, run: `c${index}`, status: 'COMPLETED', output: index });
  }

  expect(run.isIn('COMPLETED').at('each').output).toMatchObject({ results: [0, 1] });
});

test('what a pass did is not kept once it is over, so that a long list does not make the run large', () => {
  const run = started('', [1, 2]).completes('each[0].pay', 'A');

  expect(run.at('each').body?.chunks).toEqual([
    [
      { state: 'completed', output: 'A' },
      { state: 'open', tasks: { pay: expect.objectContaining({ state: 'scheduled' }) } },
    ],
  ]);
});
