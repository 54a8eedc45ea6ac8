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

test('a branch that could be given up after something that would have to be undone is refused', () => {
  const branches =
    '[[{id: a, uses: noop, compensate: undo}, {id: undo, uses: noop}, {id: b, uses: noop}], [{id: c, uses: noop}]]';
  const result = loadDefinition({
    file: 'd.yaml',
    content: definitionText(
      `- {id: f, type: FORK, branches: ${branches}}\n- {id: j, type: NOOP, depends_on: [b, c], join: any, cancel_rest: true}`,
    ),
  });

  expect(result.ok ? [] : result.problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('what "a" did stays when its branch is given up'),
  ]);
});
