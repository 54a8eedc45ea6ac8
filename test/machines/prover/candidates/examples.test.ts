// A definition may say itself which values are worth trying. These tests pin down that they come first, whole, and that
// their parts are tried with others. Method: a definition with examples of every kind, and the lists that it gives.
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../../events/canonical-json.ts';
import { candidatesOf } from '../../../../machines/prover/candidates/candidates-of.ts';
import { chartOf } from '../../../support/chart-of.ts';

const chart = chartOf(
  `
  - {id: reserve, assigned_to: X, output: [booking, free]}
  - {id: payment, type: WAIT, depends_on: reserve, when: reserve.output.free > 3, signal: paid}
  - {id: ask, type: HUMAN, form: {properties: {discount: {type: number, default: 0}, note: {type: string, default: none}}}}
  - {id: tell, type: HUMAN}
  - {id: each, type: FORK, for_each: "\${workflow.input.shows}", workflow: show-one}`,
  `
  input: {required: [shows], properties: {shows: {type: array}, vip: {type: boolean, default: false}}}
  examples:
    input: [{shows: [HAMLET, FAUST]}]
    results: {reserve: [{booking: B-1, free: 12}, {booking: B-2, free: 0}], each: [{seats: 3}]}
    signals: {paid: [{amount: 30}]}
    answers: {ask: [{discount: 5}], tell: [fine]}`,
);
const found = candidatesOf(chart.definition, chart);

test('examples come first, as a run would take them', () => {
  expect(found.inputs[0]).toEqual({ shows: ['HAMLET', 'FAUST'], vip: false });
  expect(found.results('reserve').slice(0, 2)).toEqual([
    { booking: 'B-1', free: 12 },
    { booking: 'B-2', free: 0 },
  ]);
  expect(found.results('each/item')[0]).toEqual({ seats: 3 });
  expect(found.signals('payment')[0]).toEqual({ amount: 30 });
  expect(found.answers('ask')[0]).toEqual({ discount: 5, note: 'none' });
  expect(found.answers('tell')).toEqual(['fine', undefined]);
});

test.each([
  ['of another kind than what an expression compares', '{errors: n-a, ok: maybe, names: none}'],
  ['many', Array.from({ length: 60 }, (_, index) => `{errors: ${100 + index}}`).join(', ')],
])('examples that are %s take no other value away', (_, examples) => {
  const found = resultsWith(`{probe: [${examples}]}`);

  expect(found).toEqual(expect.arrayContaining(resultsWith('{}')));
});

function resultsWith(examples: string): string[] {
  const own = chartOf(
    `
  - {id: probe, assigned_to: X}
  - {id: alarm, uses: noop, depends_on: probe, when: probe.output.errors > 10}
  - {id: fine, uses: noop, depends_on: probe, when: probe.output.ok}
  - {id: all, uses: noop, depends_on: probe, when: 'probe.output.names.exists(name, name == "ana")'}`,
    `  examples: {results: ${examples}}`,
  );
  const values = candidatesOf(own.definition, own).results('probe');

  return values.map((value) => canonicalJson(value));
}

test('their parts are values that are tried with others', () => {
  const free = found.results('reserve').map((each) => (each as { free: number }).free);

  expect(new Set(free)).toEqual(new Set([12, 0, 3, 2, 4, null]));
  expect(found.results('reserve')).toContainEqual({ booking: 'B-1', free: 4 });
  expect(found.inputs).toContainEqual({ shows: [], vip: false });
});
