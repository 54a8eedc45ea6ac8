// What expressions see, from where they stand.
import { expect, test } from 'vitest';
import { outputOf, scopeOf } from '../../../machines/run/scope.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const chart = chartOf(
  `
  - {id: before, uses: noop}
  - id: all
    type: FORK
    depends_on: before
    for_each: "\${['x', 'y']}"
    as: order
    tasks:
      - {id: pay, uses: noop}
      - id: rounds
        type: DO_WHILE
        depends_on: pay
        items: [1, 2]
        tasks: [{id: inner, uses: noop}]
`,
  'variables: {v: 1}',
);
const run = startedRun(chart)
  .completes('before', { n: 1 })
  .completes('all[0].pay', 'paid x')
  .completes('all[1].pay', 'paid y')
  .completes('all[1].rounds[0].inner')
  .run();
const seen = (address: string, ...names: string[]) =>
  scopeOf(
    run,
    names.map((name) => ({ path: [name] }) as never),
    address,
  );

test('a scope holds what its expression names, and no more', () => {
  expect(Object.keys(seen('before', 'workflow'))).toEqual(['workflow']);
  expect(seen('before', 'workflow')).toMatchObject({ workflow: { id: 'under-test', variables: { v: 1 } } });
});

test('inside of a pass the tasks of that pass are seen before those around', () => {
  expect(seen('all[1].rounds', 'pay', 'before')).toMatchObject({
    pay: { output: 'paid y', status: 'COMPLETED' },
    before: { output: { n: 1 } },
  });
});

test('items go by the innermost pass that has them, the name of an outer one still reaches it', () => {
  expect(seen('all[1].rounds[1].inner', 'item', 'index', 'order', 'loop')).toEqual({
    item: 2,
    index: 1,
    order: 'y',
    loop: { iteration: 2 },
  });
});

test('a task that has not begun is PENDING, without output', () => {
  expect(seen('before', 'all')).toMatchObject({ all: { status: 'IN_PROGRESS', output: null } });
  expect(seen('all[0].pay', 'rounds')).toMatchObject({ rounds: { status: 'IN_PROGRESS', error: null } });
});

test('what undoes an earlier attempt of a FORK sees that attempt', () => {
  const undone = startedRun(
    chartOf(`
      - {id: list, uses: noop}
      - id: all
        type: FORK
        depends_on: list
        for_each: "\${list.output}"
        retry_policy: {max_attempts: 2, initial_delay: 1s}
        tasks: [{id: make, uses: noop, compensate: drop}, {id: drop, uses: noop}]
    `),
  )
    .completes('list', ['x', 'y'])
    .completes('all[0].make', 'made')
    .fails('all[1].make')
    .passes(1_000)
    .fails('all:2[0].make');
  expect(undone.effects()).toEqual(['all[0].drop#1']);

  const names = ['item', 'make'].map((name) => ({ path: [name] }) as never);
  expect(scopeOf(undone.run(), names, 'all[0].drop')).toMatchObject({ item: 'x', make: { output: 'made' } });
});

test('the members of a signal stand beside its data, also where it was too large for the journal', () => {
  const digest = 'a'.repeat(64);
  const aside = { ...run.aside, blobs: new Map([[digest, { order: 7, signal: 'inner' }]]) };
  const output = { timed_out: false, signal: 'paid', data: { $blob: { digest, bytes: 200_000 } } };

  expect(outputOf({ ...run, aside }, output)).toEqual({
    ...{ order: 7, timed_out: false, signal: 'paid' },
    data: { order: 7, signal: 'inner' },
  });
});
