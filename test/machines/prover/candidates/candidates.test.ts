// An exploration can only go where some value leads. These tests pin down which values are found in a definition: those
// that its conditions compare with and their neighbours, wherever the value comes from. Method: one small definition
// each, and the list of values that it must give.
import { expect, test } from 'vitest';
import { candidatesOf } from '../../../../machines/prover/candidates/candidates-of.ts';
import { chartOf } from '../../../support/chart-of.ts';

function candidates(tasks: string, extra = '') {
  const chart = chartOf(tasks, extra);

  return candidatesOf(chart.definition, chart);
}

const then = (condition: string) => `
  - {id: a, assigned_to: X}
  - {id: b, depends_on: a, when: '${condition}', assigned_to: X}`;
const results = (condition: string) => candidates(then(condition)).results('a');

test.each([
  ['a.output.n > 3', [4, 3, 2, null]],
  ['a.output.n <= 3', [3, 2, 4, null]],
  ['3 < a.output.n', [4, 3, 2, null]],
  ['!(a.output.n > 3)', [3, 2, 4, null]],
  ['a.output.n != 3', [4, 3, 2, null]],
  ['a.output.n + 2 == 10', [8, 7, 9, null]],
  ['20 - a.output.n == 5', [15, 16, 14, null]],
  ['a.output.n * 2 >= 10', [5, 4.5, 5.5, null]],
  ['a.output.n % 2 == 0', [0, -1, 1, null]],
  ['int(a.output.n) == 7', [7, 6, 8, null]],
  ['abs(a.output.n) > 7', [8, 7, 6, null]],
])(
  'a number is tried on both sides of what %s compares it with, first what lets the task run',
  (condition, values) => {
    expect(results(condition)).toEqual(values.map((n) => ({ n })));
  },
);

test.each([
  ['a.output.t == "yes"', ['yes', 'other', null]],
  ['a.output.t != "yes"', ['other', 'yes', null]],
  ['a.output.t in ["x", "y"]', ['x', 'y', 'other', null]],
  ['a.output.t.startsWith("v")', ['v', 'other', null]],
  ['!a.output.t.contains("-")', ['other', '-', null]],
  ['a.output.t.lowerAscii() == "yes"', ['yes', 'other', null]],
  ['a.output.t + "!" == "yes!"', ['yes', 'other', null]],
  ['regex(a.output.t, "^[0-9]{4}$")', ['0000', 'other', null]],
  ['a.output.t == null', [null, 't']],
  ['a.output.t', [true, false, null]],
  ['!a.output.t', [false, true, null]],
  ['bool(a.output.t)', [true, false, null]],
])('a text or a truth is tried as %s has it, and otherwise', (condition, values) => {
  expect(results(condition)).toEqual(values.map((t) => ({ t })));
});

test.each([
  ['size(a.output.l) > 1', [['l', 'l'], ['l'], []]],
  [
    'a.output.l.exists(x, x.ok)',
    [[{ ok: true }], [], [{ ok: true }, { ok: false }], [{ ok: false }], [{ ok: null }]],
  ],
  ['"k" in a.output.l', [['k'], [], ['k', 'other'], ['other'], [null]]],
  ['a.output.l[1] == "z"', [['z', 'z'], ['z'], ['other'], ['z', 'other'], [null]]],
])('a list is tried in the lengths and with the items that %s tells apart', (condition, values) => {
  const found = results(condition);

  for (const l of values) expect(found).toContainEqual({ l });
  expect(found[0]).toEqual({ l: values[0] });
});

test('a member that is asked for is there or not', () => {
  expect(results('has(a.output.x)')).toEqual([{ x: 'x' }, {}, { x: null }]);
  expect(results('a.output.?x.orValue(1) == 1')).toEqual([{ x: 1 }, { x: 0 }, { x: 2 }, {}, { x: null }]);
});

test('what is read anywhere is there, and varies only where it decides', () => {
  const found = candidates(`
    - {id: a, assigned_to: X, output: [name, count, deep]}
    - {id: b, depends_on: a, assigned_to: X, input: {deep: "\${a.output.deep.er}", sum: "\${a.output.count + 1}"}}`);

  expect(found.results('a')).toEqual([{ name: 'name', count: 1, deep: { er: 'er' } }]);
  expect(found.results('b')).toEqual([{}]);
});

test('a value is traced back through variables, transformations, joins, decisions, forks and loops', () => {
  const found = candidates(
    `
    - {id: a, assigned_to: X}
    - {id: set, type: SET_VARIABLE, depends_on: a, variables: {level: "\${a.output.score + 1}"}}
    - {id: made, type: TRANSFORM, depends_on: set, output: {inner: {side: "\${workflow.variables.level}"}}}
    - {id: both, type: JOIN, join_on: [made]}
    - {id: gate, type: DECISION, depends_on: both, decision_param: both.output.made.inner.side, decision_cases: {"5": {next: c}}, default: d}
    - {id: c, assigned_to: X}
    - {id: d, assigned_to: X}
    - id: each
      type: FORK
      depends_on: a
      for_each: workflow.input.orders
      as: order
      tasks:
        - {id: pay, assigned_to: X, input: "\${order.id}"}
        - {id: ship, depends_on: pay, when: order.big && pay.output.ok, assigned_to: X}
    - {id: e, depends_on: each, when: 'each.output.results.exists(r, r.ship.late)', assigned_to: X}`,
    'variables: {level: 0}\ninput: {required: [orders]}',
  );

  expect(found.results('a')).toEqual([{ score: 4 }, { score: 3 }, { score: 5 }, { score: null }]);
  expect(found.results('pay')).toEqual([{ ok: true }, { ok: false }, { ok: null }]);
  expect(found.results('ship')).toEqual([{ late: true }, { late: false }, { late: null }]);
  expect(found.inputs).toContainEqual({ orders: [] });
  expect(found.inputs[0]).toEqual({ orders: [{ big: true, id: 'id' }] });
  expect(found.inputs).toContainEqual({
    orders: [
      { big: true, id: 'id' },
      { big: false, id: 'id' },
    ],
  });
});

test('a loop ends on the plainest way', () => {
  const found = candidates(`
    - id: improve
      type: DO_WHILE
      loop_condition: review.output.score < 8
      tasks: [{id: review, assigned_to: X}]`);

  expect(found.results('review').slice(0, 3)).toEqual([{ score: 8 }, { score: 7 }, { score: 9 }]);
});

test('a signal matches first, and a time is to come first', () => {
  const found = candidates(
    `
    - {id: paid, type: WAIT, signal: paid, match: signal.data.order == workflow.input.order, timeout: 1d}
    - {id: due, type: WAIT, until: "\${workflow.input.due}"}`,
    'input: {required: [order, due]}',
  );

  expect(found.signals('paid')).toEqual([{ order: 'order' }, { order: 'other' }, { order: null }]);
  expect(found.inputs.map(({ due }) => due)).toEqual(
    ['2026-01-01T01:00:00.000Z', '2025-12-31T23:00:00.000Z', 'no time', null].slice(0, 3),
  );
});

test('two values that are compared are equal, and one is below and above the other', () => {
  const found = candidates(
    then('a.output.cost <= workflow.input.budget'),
    'input: {properties: {budget: {type: number, default: 100}}}',
  );

  expect(found.inputs).toEqual([{ budget: 100 }]);
  expect(found.results('a')).toEqual([{ cost: 100 }, { cost: 99 }, { cost: 101 }, { cost: null }]);
});

test('an approval brings along what its form takes and what is read of it', () => {
  const found = candidates(`
    - {id: ask, type: HUMAN, form: {required: [amount], properties: {amount: {type: integer, minimum: 1}, note: {type: string}}}}
    - {id: pay, depends_on: ask, when: ask.output.data.amount > 500, assigned_to: X}
    - {id: tell, type: HUMAN}`);

  expect(found.answers('ask').slice(0, 3)).toEqual([
    { amount: 501, note: 'note' },
    { amount: 500, note: 'note' },
    { amount: 499, note: 'note' },
  ]);
  expect(found.answers('ask')).toContainEqual({ amount: 501 });
  expect(found.answers('tell')).toEqual([undefined]);
});

test('the answer to a request has a status that counts as success', () => {
  const found = candidates(`
    - {id: get, type: HTTP, request: {url: "https://example.test"}, expect: {status: [200, 404]}}
    - {id: b, depends_on: get, when: get.output.status == 404 || get.output.body.n > 1, assigned_to: X}`);

  expect(found.results('get').map((each) => (each as { status: number }).status)).toEqual(
    expect.arrayContaining([200, 404]),
  );
  expect(found.results('get')[0]).toMatchObject({ status: 404, headers: {}, body: { n: 1 } });
});

test('what is made of itself, and long chains of filters, are followed to an end', () => {
  const filters = Array.from({ length: 12 }, (_, n) => `.filter(x, x.n${n} > ${n})`).join('');
  const found = candidates(
    `
    - {id: a, assigned_to: X}
    - id: walk
      type: DO_WHILE
      depends_on: a
      loop_condition: workflow.variables.node != null
      tasks: [{id: next, type: SET_VARIABLE, variables: {node: "\${workflow.variables.node.next}"}}]
    - {id: b, depends_on: a, when: "size(a.output.l${filters}) > 0", assigned_to: X}`,
    'variables: {node: "${workflow.input.first}"}\ninput: {required: [first]}',
  );

  expect(found.inputs.length).toBeLessThan(50);
  expect(Object.keys((found.results('a')[0] as { l: readonly [object] }).l[0])).toHaveLength(12);
});
