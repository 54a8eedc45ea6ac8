// What is neither proven safe nor shown to fail is said: a deep check without errors is complete only where nothing of
// that kind is left. Method: an expression each, with what is said of it.
import { describe, expect, test } from 'vitest';
import { deepOf } from './deep-of.ts';

const inputs = `input:
  properties:
    n: {type: integer}
    few: {type: integer, minimum: 1}
    list: {type: array}
    text: {type: string}
  required: [n, few, list, text]
variables: {two: 2}`;

const made = (expression: string, more = '') => `
- {id: a, assigned_to: ANA, output: [n], optional: true}
- {id: b, depends_on: a, type: TRANSFORM, join: all_done, ${more}output: {v: "\${${expression}}"}}`;

describe('is proven safe', () => {
  test.each([
    ['a divisor that is written', 'workflow.input.n / 2'],
    ['a divisor with a least value', '100 / workflow.input.few'],
    ['a sum of what has a least value and a size', '100 / (workflow.input.few + size(workflow.input.list))'],
    ['a square and one', '100 / (workflow.input.n * workflow.input.n + 1)'],
    ['a divisor that is asked for before', '(workflow.input.n == 0 ? 1 : 100 / workflow.input.n)'],
    ['the greater of it and one', '100 / max(workflow.input.n, 1)'],
    ['an item of a list that is not empty', '(size(workflow.input.list) > 0 ? workflow.input.list[0] : 0)'],
    ['an item that is asked for', 'workflow.input.list[?0].orValue(0)'],
    ['a divisor of few values, all of which were tried', '100 / workflow.variables.two'],
  ])('%s', (_, expression) => {
    expect(deepOf(made(expression), inputs).unproven).toEqual([]);
  });

  test('a divisor that the when of its task asks for', () => {
    expect(deepOf(made('100 / workflow.input.n', 'when: workflow.input.n > 3, '), inputs).unproven).toEqual(
      [],
    );
  });
});

describe('is told as not proven', () => {
  test.each([
    ['a divisor that somebody else gives', 'workflow.input.n / (a.output.?n.orValue(1) - 3)', 'may be 0'],
    [
      'an index of which nothing is known',
      '(size(workflow.input.list) > 0 ? workflow.input.list[a.attempt] : 0)',
      'may have no a.attempt',
    ],
    ['a number that is read from any text', 'int(workflow.input.text)', 'int() does not take every value'],
  ])('%s', (_, expression, says) => {
    const { findings, unproven } = deepOf(made(expression), inputs);
    const isError = findings.some(({ code }) => code === 'deep.expression-fails');

    expect(isError || unproven.some((text) => text.includes(says))).toBe(true);
  });

  test('an expression that fails only over what an optional task did not give', () => {
    const { unproven } = deepOf(
      `- {id: a, assigned_to: ANA, output: [n], optional: true}
- {id: b, depends_on: a, join: all_done, type: TRANSFORM, output: {v: "\${a.output.n}"}, catch: [{errors: ["*"], next: c}]}
- {id: c, type: TRANSFORM, output: {v: "\${1 / a.output.?n.orValue(0)}"}}`,
    );

    expect(unproven).toContain('an expression of c may fail: 1 / a.output.?n.orValue(0)');
  });
});

test('what divides by a variable of 0 after a failure is an error', () => {
  const { of } = deepOf(
    `- {id: a, assigned_to: ANA, catch: [{errors: ["*"], next: b}]}
- {id: b, type: TRANSFORM, output: {v: "\${1 / workflow.variables.count}"}}`,
    'variables: {count: 0}',
  );

  expect(of('deep.expression-fails').message).toContain('after something else failed');
});

test('what fails in an expression with a fallback that does not begin is an error', () => {
  const { said } = deepOf(
    `- {id: a, type: TRANSFORM, output: {v: "\${1 / workflow.input.n}"}, fallback: b}
- {id: b, when: workflow.input.n > 3, type: NOOP}`,
    inputs,
  );

  expect(said).toContain('error deep.expression-fails: a');
});
