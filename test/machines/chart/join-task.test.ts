// A JOIN completes with what it waited for. Its rules are those of every task: see join.test.ts. Method: drive the core
// with commands; the driver replays every prefix of the journal besides.
import { expect, test } from 'vitest';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const three = (keys: string) =>
  chartOf(`
    - {id: a, uses: noop, optional: true}
    - {id: b, uses: noop}
    - {id: c, uses: noop, when: "a.status == 'COMPLETED'", depends_on: a, join: all_done}
    - {id: ends, type: JOIN, join_on: [a, b, c], ${keys}}
    - {id: after, uses: noop, depends_on: ends}
  `);

test('a JOIN gives the outputs of all it waited for, by their ids', () => {
  const run = startedRun(three('')).completes('a', 1).completes('b', 2).completes('c', 3);

  expect(run.at('ends').output).toEqual({ a: 1, b: 2, c: 3 });
  expect(run.effects()).toEqual(['after#1']);
});

test('what was skipped or left nothing is not in the output, or is null', () => {
  const run = startedRun(three('')).fails('a').completes('b', 2);

  expect(run.statuses()['c']).toBe('SKIPPED');
  expect(run.at('ends').output).toEqual({ a: null, b: 2 });
});

test('a JOIN of any, or of some, has the outputs there were then', () => {
  expect(startedRun(three('join: any')).completes('b', 2).at('ends').output).toEqual({ b: 2 });

  const some = startedRun(three('join: 2')).completes('b', 2);
  expect(some.statuses()['ends']).toBe('PENDING');
  expect(some.completes('a', 1).at('ends').output).toEqual({ a: 1, b: 2 });
});

test('a JOIN that so many can no longer complete is skipped, and what depends on it', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop, when: "1 > 2"}
      - {id: b, uses: noop}
      - {id: ends, type: JOIN, join_on: [a, b], join: 2}
      - {id: after, uses: noop, depends_on: ends}
    `),
  ).completes('b');

  expect(run.isIn('COMPLETED').statuses()).toMatchObject({ ends: 'SKIPPED', after: 'SKIPPED' });
});

test('a JOIN over a FORK with branches gives the ends of the branches', () => {
  const run = startedRun(
    chartOf(`
      - {id: fan, type: FORK, branches: [[{id: a, uses: noop}, {id: a2, uses: noop}], [{id: b, uses: noop}]]}
      - {id: other, uses: noop}
      - {id: ends, type: JOIN, depends_on: [fan, other]}
    `),
  )
    .completes('a')
    .completes('a2', 1)
    .completes('b', 2)
    .completes('other', 3);

  expect(run.isIn('COMPLETED').at('ends').output).toEqual({ a2: 1, b: 2, other: 3 });
});

test('a JOIN over a FORK over a list gives what the FORK gives', () => {
  const run = startedRun(
    chartOf(
      `
      - {id: each, type: FORK, for_each: "\${workflow.input.orders}", tasks: [{id: pay, uses: noop}]}
      - {id: ends, type: JOIN, depends_on: each}
    `,
      'input: {required: [orders]}',
    ),
    { orders: [1] },
  ).completes('each[0].pay', 'A');

  expect(run.isIn('COMPLETED').at('ends').output).toEqual({
    each: expect.objectContaining({ results: ['A'] }),
  });
});

test('a JOIN that waits is cancelled when what it waits for fails the run, or the run is ended', () => {
  expect(startedRun(three('')).fails('b').isIn('FAILED').statuses()['ends']).toBe('CANCELLED');
  const ended = startedRun(three('')).does({ kind: 'terminateRun' });

  expect(ended.isIn('TERMINATED').statuses()['ends']).toBe('CANCELLED');
});

test('a JOIN that is completed by hand does not wait any longer, and has the output it was given', () => {
  const run = startedRun(three('')).does({ kind: 'resolveTask', task: 'ends', output: 'enough' });

  expect(run.at('ends').output).toBe('enough');
  expect(run.effects()).toEqual(['a#1', 'b#1', 'after#1']);
});

test('a JOIN inside of a pass joins the tasks of its pass', () => {
  const run = startedRun(
    chartOf(
      `
      - id: each
        type: FORK
        for_each: "\${workflow.input.orders}"
        tasks:
          - {id: a, uses: noop}
          - {id: b, uses: noop}
          - {id: ends, type: JOIN, join_on: [a, b], output: {both: "\${result.a + result.b}"}}
    `,
      'input: {required: [orders]}',
    ),
    { orders: [1, 2] },
  )
    .completes('each[1].a', 1)
    .completes('each[0].b', 2)
    .completes('each[1].b', 3)
    .completes('each[0].a', 4);

  expect(run.isIn('COMPLETED').at('each').output).toMatchObject({
    results: [{ ends: { both: 6 } }, { ends: { both: 4 } }],
  });
});

test('what a JOIN only depends on is waited for, and is not in its output', () => {
  const run = startedRun(
    chartOf(`
      - {id: a, uses: noop}
      - {id: b, uses: noop}
      - {id: ends, type: JOIN, join_on: a, depends_on: b}
    `),
  ).completes('a', 1);
  expect(run.statuses()['ends']).toBe('PENDING');

  expect(run.completes('b', 2).at('ends').output).toEqual({ a: 1 });
});
