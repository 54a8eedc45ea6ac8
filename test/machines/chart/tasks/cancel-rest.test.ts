// The first of several is chosen, and the others are given up. Method: drive the core with commands; the driver replays
// every prefix of the journal besides.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { chartOf } from '../../../support/chart-of.ts';
import { definitionText } from '../../../support/definition-text.ts';
import { startedRun } from '../../../support/run-spec.ts';
import { deepOf } from '../../prover/deep/deep-of.ts';

const signal = (name: string) => ({ kind: 'signal', name, data: null }) as const;

const twoWaits = `
  - {id: paid, type: WAIT, signal: paid}
  - {id: refused, type: WAIT, signal: refused}
  - {id: next, type: JOIN, join_on: [paid, refused], join: any, cancel_rest: true}
  - {id: ship, uses: noop, depends_on: next, when: paid.status == 'COMPLETED'}
`;

test('of two signals the first is taken, and nobody waits for the other any more', () => {
  const paid = startedRun(chartOf(twoWaits)).does(signal('paid'));
  expect(paid.statuses()).toMatchObject({ paid: 'COMPLETED', refused: 'CANCELLED', next: 'COMPLETED' });
  paid.completes('ship').isIn('COMPLETED');

  const refused = startedRun(chartOf(twoWaits)).does(signal('refused')).isIn('COMPLETED');
  expect(refused.statuses()).toMatchObject({ paid: 'CANCELLED', ship: 'SKIPPED' });
  expect(Object.keys(refused.at('next').output ?? {})).toEqual(['refused']);
});

test('with a count so many are waited for, and what had not begun does not begin any more', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: b, uses: noop}
      - {id: c, uses: noop}
      - {id: d, uses: noop, depends_on: c}
      - {id: most, type: NOOP, depends_on: [a, b, d], join: 2, cancel_rest: true}
    `),
  ).completes('a');
  expect(run.statuses()).toMatchObject({ b: 'SCHEDULED', d: 'PENDING', most: 'PENDING' });
  run.completes('b');
  expect(run.statuses()).toMatchObject({ c: 'SCHEDULED', d: 'CANCELLED', most: 'COMPLETED' });

  run.completes('c').isIn('COMPLETED');
});

test('one that fails is no choice: the next that completes is', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop, optional: true}
      - {id: b, uses: noop, catch: [{errors: "*", next: c}]}
      - {id: c, type: NOOP}
      - {id: first, type: NOOP, depends_on: [b, c], join: any, cancel_rest: true}
    `),
  ).fails('b');

  expect(run.statuses()).toMatchObject({ b: 'FAILED', c: 'COMPLETED', first: 'COMPLETED', a: 'SCHEDULED' });
});

const raced = `
  - id: race
    type: FORK
    branches:
      - [{id: quick1, uses: noop}, {id: quick, uses: noop}, {id: after, uses: noop}]
      - [{id: slow1, uses: noop}, {id: inner, type: FORK, branches: [[{id: deep, uses: noop}]]}, {id: slow, uses: noop}]
  - {id: won, type: NOOP, depends_on: [quick, slow], join: any, cancel_rest: true}
`;

test('a branch that lost is given up whole, what is inside of it included; the one that won goes on', () => {
  const run = startedRun(chartOf(raced)).completes('quick1').completes('slow1');
  expect(run.at('deep').state).toBe('scheduled');
  run.completes('quick');
  expect(run.statuses()).toMatchObject({
    ...{ slow1: 'COMPLETED', inner: 'CANCELLED', deep: 'CANCELLED', slow: 'CANCELLED' },
    ...{ won: 'COMPLETED', after: 'SCHEDULED', race: 'IN_PROGRESS' },
  });

  expect(run.completes('after').isIn('COMPLETED').at('race').output).toEqual({ after: {} });
});

test('a branch that lost does not count as failed', () => {
  const run = startedRun(
    chartOf(
      raced.replace(
        'branches:\n      - [{id: quick1',
        'tolerate_failures: 1\n    branches:\n      - [{id: quick1',
      ),
    ),
  )
    .completes('quick1')
    .completes('quick')
    .fails('after');

  expect(run.isIn('COMPLETED').at('race').state).toBe('completed');
});

test('a run of another definition that lost is ended', () => {
  const run = startedRun(
    chartOf(`
      - {id: call, type: SUB_WORKFLOW, workflow: other}
      - {id: late, type: WAIT, duration: 1m}
      - {id: first, type: NOOP, depends_on: [call, late], join: any, cancel_rest: true}
    `),
  );
  const child = { run: 'c', definition: { id: 'other', version: 1, hash: 'h' }, input: {} };
  run.does({ kind: 'delegate', task: 'call', attempt: 1, child }).passes(60_000);

  expect(run.statuses()).toMatchObject({ call: 'CANCELLED', first: 'COMPLETED' });
  expect(run.run().state.orphans).toMatchObject([{ run: 'c', how: 'cancel' }]);
});

test('what lost does not begin again when the run is retried', () => {
  const run = startedRun(chartOf(twoWaits)).does(signal('paid')).fails('ship').isIn('FAILED');
  run.does({ kind: 'retryRun' });
  expect(run.statuses()).toMatchObject({ refused: 'CANCELLED', ship: 'SCHEDULED' });

  run.completes('ship').isIn('COMPLETED');
});

test('in every pass one of two is chosen', () => {
  const run = startedRun(
    chartOf(`
      - id: each
        type: FORK
        for_each: "[1, 2]"
        tasks:
          - {id: yes, type: WAIT, signal: yes, match: signal.data == item}
          - {id: no, type: WAIT, signal: no, match: signal.data == item}
          - {id: said, type: JOIN, join_on: [yes, no], join: any, cancel_rest: true}
    `),
  )
    .does({ kind: 'signal', name: 'yes', data: 1 })
    .does({ kind: 'signal', name: 'no', data: 2 });

  expect(run.isIn('COMPLETED').at('each').output).toMatchObject({ succeeded: 2 });
});

test('the prover finds both choices, and no wait for ever beside them', () => {
  const { explored, said } = deepOf(`
    - {id: paid, type: WAIT, signal: paid, timeout: 1d}
    - {id: refused, type: WAIT, signal: refused, timeout: 1d}
    - {id: next, type: JOIN, join_on: [paid, refused], join: any, cancel_rest: true}
  `);
  const ends = [...explored.scenes.values()].flatMap(({ scene: { run } }) =>
    run.state.status === 'COMPLETED'
      ? [`${run.state.tasks['paid']?.state} ${run.state.tasks['refused']?.state}`]
      : [],
  );

  expect(said).toEqual([]);
  expect([...new Set(ends)].sort()).toEqual(['cancelled completed', 'completed cancelled']);
});

test.each([
  ['join: all', '- {id: j, type: NOOP, depends_on: [a, b], cancel_rest: true}'],
  ['as many as there are', '- {id: j, type: NOOP, depends_on: [a, b], join: 2, cancel_rest: true}'],
])('cancel_rest is refused where nothing would be left: %s', (_case, task) => {
  const result = loadDefinition({
    file: 'd.yaml',
    content: definitionText(`- {id: a, type: NOOP}\n- {id: b, type: NOOP}\n${task}`),
  });

  expect(result.ok ? [] : result.problems).toMatchObject([{ code: 'definition.bad-combination' }]);
});

const booking = `
  - id: book
    type: FORK
    branches:
      - [{id: sea, uses: noop, compensate: unsea}, {id: unsea, uses: noop}, {id: sea_paid, uses: noop, compensate: refund}, {id: refund, uses: noop}, {id: sea_done, uses: noop}]
      - [{id: air, uses: noop, compensate: unair}, {id: unair, uses: noop}, {id: air_done, uses: noop}]
  - {id: booked, type: NOOP, depends_on: [sea_done, air_done], join: any, cancel_rest: true}
  - {id: ship, uses: noop, depends_on: booked}
`;

test('what was done in a branch that lost is undone at once, the last first; the run goes on meanwhile', () => {
  const run = startedRun(chartOf(booking))
    .completes('sea')
    .completes('sea_paid')
    .completes('air')
    .completes('air_done');
  expect(run.statuses()).toMatchObject({
    ...{ sea_done: 'CANCELLED', refund: 'SCHEDULED', unsea: 'PENDING', unair: 'PENDING' },
    ...{ booked: 'COMPLETED', ship: 'SCHEDULED', book: 'IN_PROGRESS' },
  });
  run.completes('refund');
  expect(run.statuses()).toMatchObject({ unsea: 'SCHEDULED' });
  run.completes('ship').isIn('RUNNING');

  run.completes('unsea').isIn('COMPLETED');
  expect(run.statuses()).toMatchObject({ unair: 'SKIPPED', book: 'COMPLETED' });
});

test('what had not been done yet, or is the work of the branch that won, is not undone', () => {
  const run = startedRun(chartOf(booking)).completes('air').completes('air_done').completes('ship');

  run.isIn('COMPLETED');
  expect(run.statuses()).toMatchObject({ sea: 'CANCELLED', unsea: 'SKIPPED', unair: 'SKIPPED' });
});

test('what was undone with the choice is not undone again with the end of the run', () => {
  const run = startedRun(chartOf(booking))
    .completes('sea')
    .completes('air')
    .completes('air_done')
    .completes('unsea');
  run.fails('ship').isIn('COMPENSATING');
  expect(run.statuses()).toMatchObject({ unair: 'SCHEDULED', unsea: 'COMPLETED' });
  run.completes('unair').isIn('FAILED');

  expect(run.at('unsea').attempt).toBe(1);
});

test('a run that ends while a branch is undone undoes that with all else, in the order of the run', () => {
  const run = startedRun(chartOf(booking)).completes('sea').completes('air').completes('air_done');
  expect(run.statuses()).toMatchObject({ unsea: 'SCHEDULED' });

  run.fails('ship').isIn('COMPENSATING');
  expect(run.statuses()).toMatchObject({ unair: 'SCHEDULED', unsea: 'CANCELLED' });
  run.completes('unair');
  expect(run.at('unsea')).toMatchObject({ state: 'scheduled', attempt: 2 });
  run.completes('unsea').isIn('FAILED');
  expect(run.run().state.error?.code).toBe('test.failed');
});

test('undoing a branch that fails fails the run, which is undone as far as it can be', () => {
  const run = startedRun(chartOf(booking))
    .completes('sea')
    .completes('sea_paid')
    .completes('air')
    .completes('air_done');
  run
    .fails('refund', 'bank.closed')
    .isIn('COMPENSATING')
    .completes('unair')
    .completes('unsea')
    .isIn('FAILED');
  expect(run.run().state.error?.code).toBe('run.compensation-failed');
});

test('a run that was terminated while a branch was undone goes on with that when it is retried', () => {
  const run = startedRun(chartOf(booking))
    .completes('sea')
    .completes('sea_paid')
    .completes('air')
    .completes('air_done');
  run.does({ kind: 'terminateRun' }).does({ kind: 'retryRun' });
  expect(run.at('refund')).toMatchObject({ state: 'scheduled', attempt: 2 });
  run.completes('refund');

  run.completes('ship').completes('unsea').isIn('COMPLETED');
});

test('a branch inside of a branch that lost is undone with it, and what stands before it after that', () => {
  const run = startedRun(
    chartOf(`
      - id: f
        type: FORK
        branches:
          - - {id: a, uses: noop, compensate: una}
            - {id: una, uses: noop}
            - {id: g, type: FORK, branches: [[{id: x, uses: noop, compensate: unx}, {id: unx, uses: noop}]]}
            - {id: end, uses: noop}
          - [{id: other, uses: noop}]
      - {id: first, type: NOOP, depends_on: [end, other], join: any, cancel_rest: true}
    `),
  )
    .completes('a')
    .completes('x')
    .completes('other');
  expect(run.statuses()).toMatchObject({ unx: 'SCHEDULED', una: 'PENDING', g: 'COMPLETED' });

  run.fails('unx').isIn('COMPENSATING');
  expect(run.statuses()).toMatchObject({ una: 'SCHEDULED' });
});

test.each([
  [
    'its end is a FORK',
    '[[{id: g, type: FORK, branches: [[{id: p, uses: noop, compensate: unp}, {id: unp, uses: noop}, {id: g1, uses: noop}]]}], [{id: b, uses: noop}]]',
  ],
  [
    'it stands beside the end',
    '[[{id: p, uses: noop, compensate: unp}, {id: unp, uses: noop}, {id: g, uses: noop}, {id: more, uses: noop, depends_on: p}], [{id: b, uses: noop}]]',
  ],
])('what was done in a branch is undone wherever it stands: %s', (_where, branches) => {
  const run = startedRun(
    chartOf(
      `- {id: f, type: FORK, branches: ${branches}}\n- {id: j, type: NOOP, depends_on: [g, b], join: any, cancel_rest: true}`,
    ),
  )
    .completes('p')
    .completes('b');

  expect(run.statuses()).toMatchObject({ g: 'CANCELLED', unp: 'SCHEDULED' });
  run.completes('unp').isIn('COMPLETED');
});

test('what did not do its work has nothing to undo', () => {
  const lost = booking.replace('{id: sea, uses: noop,', '{id: sea, uses: noop, optional: true,');
  const run = startedRun(chartOf(lost)).fails('sea').completes('air').completes('air_done').completes('ship');

  expect(run.isIn('COMPLETED').statuses()).toMatchObject({ sea: 'COMPLETED_WITH_ERRORS', unsea: 'SKIPPED' });
});

test('a person may skip what undoes a branch, while it waits for its turn too', () => {
  const run = startedRun(chartOf(booking))
    .completes('sea')
    .completes('sea_paid')
    .completes('air')
    .completes('air_done');
  run.does({ kind: 'skipTask', task: 'unsea' }).completes('refund').completes('ship');

  expect(run.isIn('COMPLETED').statuses()).toMatchObject({
    refund: 'COMPLETED',
    unsea: 'SKIPPED',
    book: 'COMPLETED',
  });
});

const around = (branch: string) =>
  `- {id: f, type: FORK, branches: [[${branch}, {id: b, uses: noop}], [{id: c, uses: noop}]]}
- {id: j, type: NOOP, depends_on: [b, c], join: any, cancel_rest: true}`;
const undo = '{id: undo, uses: noop}';

test.each([
  [
    around(
      `{id: l, type: FORK, for_each: "\${[1]}", tasks: [{id: a, uses: noop, compensate: undo}, ${undo}]}`,
    ),
    'what "a" did in the body of "l" would stay',
  ],
  [
    around('{id: a, uses: noop, compensate: u}, {id: u, type: FORK, branches: [[{id: x, uses: noop}]]}'),
    'a FORK of branches ("u") cannot undo what "a" did',
  ],
  [
    around(`{id: x, uses: noop, compensate: undo}, ${undo}, {id: a, uses: noop}`).replace(
      '[b, c]',
      '[b, a, c]',
    ),
    '"a" and "b" are in one branch, and "x" is undone when that loses',
  ],
  [
    `- id: each\n  type: FORK\n  for_each: "\${[1]}"\n  tasks:\n    ${around(`{id: a, uses: noop, compensate: undo}, ${undo}`).replaceAll('\n', '\n    ')}`,
    'this choice is in the body of "each"',
  ],
  [
    `- {id: l, type: FORK, for_each: "\${[1]}", tasks: [{id: a, uses: noop, compensate: undo}, ${undo}]}
- {id: c, uses: noop}
- {id: j, type: NOOP, depends_on: [l, c], join: any, cancel_rest: true}`,
    'what "a" did in the body of "l" would stay',
  ],
])('a branch that could not be undone when it is given up is refused: %#', (tasks, message) => {
  const result = loadDefinition({ file: 'd.yaml', content: definitionText(tasks) });

  expect(result.ok ? [] : result.problems.map((problem) => problem.message)).toEqual([
    expect.stringContaining(message),
  ]);
});
