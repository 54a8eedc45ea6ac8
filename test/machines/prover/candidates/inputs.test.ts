// The input of an explored run is one that the definition would take. These tests pin down what is found for each rule
// of an input. Method: one definition that reads the input in a condition, and the inputs that it must give.
import { expect, test } from 'vitest';
import type { Json } from '../../../../events/canonical-json.ts';
import { candidatesOf } from '../../../../machines/prover/candidates/candidates-of.ts';
import { chartOf, chartOfText } from '../../../support/chart-of.ts';

function inputs(properties: string, condition = 'true', required = '[n]') {
  const chart = chartOf(
    `- {id: a, when: '${condition}', assigned_to: X}`,
    `input: {required: ${required}, properties: {n: ${properties}}}`,
  );

  return candidatesOf(chart.definition, chart).inputs.map(({ n }) => n);
}

const read = 'workflow.input.n';

test.each<[string, string, readonly Json[]]>([
  ['{type: string, enum: [a, b]}', `${read} == "b"`, ['b', 'a']],
  ['{type: integer, minimum: 3, maximum: 9}', `${read} > 3`, [4, 3, 9]],
  ['{type: boolean}', read, [true, false]],
  ['{type: string, pattern: "^[a-c]+-[0-9]{2}$"}', `${read} != "a-10"`, ['a-00', 'a-10']],
  ['{type: string, minLength: 9}', `${read} == "x"`, ['nxxxxxxxx']],
])('of %s only what it allows is tried', (properties, condition, values) => {
  const found = inputs(properties, condition);

  expect(found[0]).toBe(values[0]);
  expect(new Set(found)).toEqual(new Set(values));
});

test('what decides nothing is given once, by its default where it has one', () => {
  expect(inputs('{type: string}')).toEqual(['n']);
  expect(inputs('{type: string, default: x}', 'true', '[]')).toEqual(['x']);
  expect(inputs('{type: array, items: {type: integer}}')).toEqual([[1]]);
  expect(inputs('{type: string, pattern: "^[0-9]{4}-[0-9]{2}$"}')).toEqual(['2026-01']);
});

test.each([
  ['the output of the run', '[{id: a, assigned_to: X}]', '{x: "${10 / workflow.input.n}"}'],
  ['a task', '[{id: a, type: TRANSFORM, output: {x: "${10 % (workflow.input.n - 2)}"}}]', '{}'],
])('%s that divides by an input has it tried with what cannot be divided by', (_, tasks, output) => {
  const chart = chartOfText(
    `workflow: {id: w, version: 1, input: {required: [n]}, tasks: ${tasks}, output: ${output}}`,
  );
  const found = candidatesOf(chart.definition, chart).inputs.map(({ n }) => n);

  expect(found).toContain(output === '{}' ? 2 : 0);
  expect(found[0]).not.toBe(output === '{}' ? 2 : 0);
});

test('what may be left out is given and left out', () => {
  expect(inputs('{type: string}', `has(${read}) && ${read} == "x"`, '[]')).toEqual(['x', 'other', undefined]);
});

test('of many inputs that decide, few are combined, and it is told how many were left out', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const chart = chartOf(
    `- {id: t, when: '${names.map((name) => `workflow.input.${name}`).join(' && ')}', assigned_to: X}`,
    `input: {required: [${names}], properties: {${names.map((name) => `${name}: {type: boolean}`)}}}`,
  );
  const { inputs: found, omitted } = candidatesOf(chart.definition, chart);

  expect(found).toHaveLength(29);
  expect(omitted).toEqual(['the input: 128 values, 29 of them tried']);
  const falses = found.map((each) => Object.values(each).filter((value) => value === false).length);
  expect(falses).toEqual([0, ...Array(7).fill(1), ...Array(21).fill(2)]);
});
