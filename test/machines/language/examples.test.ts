// Examples that no run could meet would be tests of nothing, so they are checked with the definition. Method: one
// definition, with one mistake at a time, and the problem that it must give; a good one, and what is loaded of it.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionText } from '../../support/definition-text.ts';

const tasks = `
- {id: reserve, assigned_to: X}
- {id: made, type: TRANSFORM, output: {a: 1}}
- {id: payment, type: WAIT, signal: paid, timeout: 1d}
- {id: ask, type: HUMAN, form: {properties: {amount: {type: number}}}}
- {id: each, type: FORK, for_each: "\${[1]}", workflow: other}
- {id: items, type: FORK, for_each: "\${[1]}", task: {id: one, assigned_to: X}}`;
const load = (examples: string) =>
  loadDefinition({
    file: 'a.yaml',
    content: definitionText(
      tasks,
      `input: {required: [n], properties: {n: {type: integer, minimum: 1}, s: {secret: true, enum: [hidden]}}}\nexamples: ${examples}`,
    ),
  });

function problemsOf(examples: string): readonly string[] {
  const result = load(examples);

  return (result.ok ? [] : result.problems.filter(({ severity }) => severity === 'error')).map(
    ({ code, path, message }) => `${code} ${path}: ${message}`,
  );
}

test('good examples are loaded, and are part of the hash', () => {
  const [some, others] = [load('{input: [{n: 1}], results: {one: [null]}}'), load('{input: [{n: 2}]}')];
  if (!some.ok || !others.ok) throw new Error('they are refused');

  expect(some.loaded.definition.examples).toEqual({
    input: [{ n: 1 }],
    results: { one: [null] },
    signals: {},
    answers: {},
  });
  expect(some.loaded.ref.hash).not.toBe(others.loaded.ref.hash);
});

test.each([
  '{}',
  '{input: [{n: 3, s: hidden}], results: {reserve: [5, {a: 1}], each: [{}]}}',
  '{signals: {paid: [{}]}, answers: {ask: [{amount: 1}, {}]}}',
])('%s is good', (examples) => {
  expect(problemsOf(examples)).toEqual([]);
});

test.each([
  ['{inputs: []}', 'definition.unknown-key examples.inputs: unknown key "inputs"; did you mean "input"?'],
  ['{input: {n: 1}}', 'definition.wrong-type examples.input: expected a list of inputs, found a mapping'],
  [
    '{results: {reserve: {a: 1}}}',
    'definition.wrong-type examples.results.reserve: expected a list of values, found a mapping',
  ],
  [
    '{input: [{n: 0}]}',
    'definition.bad-example examples.input[0].n: the example is refused as an input: n: expected at least 1',
  ],
  [
    '{input: [{}]}',
    'definition.bad-example examples.input: the example is refused as an input: n: required and not given (an integer)',
  ],
  [
    '{input: [{n: 1, m: 1}]}',
    'definition.undeclared-input examples.input[0].m: the example is refused as an input: m: no such input',
  ],
  [
    '{results: {reserv: []}}',
    'definition.unknown-task examples.results.reserv: no task "reserv"; did you mean "reserve"?',
  ],
  [
    '{results: {made: []}}',
    'definition.bad-example examples.results.made: a TRANSFORM makes its result itself; examples are for tasks that are carried out',
  ],
  [
    '{results: {items: []}}',
    'definition.bad-example examples.results.items: a FORK makes its result itself; examples are for tasks that are carried out',
  ],
  [
    '{signals: {payd: []}}',
    'definition.unknown-signal examples.signals.payd: no task waits for a signal "payd"; did you mean "paid"?',
  ],
  [
    '{answers: {reserve: []}}',
    'definition.bad-example examples.answers.reserve: a SIMPLE asks nobody; answers are given to a HUMAN task',
  ],
  [
    '{answers: {ask: [{amount: x}]}}',
    'definition.bad-example examples.answers.ask: the form of "ask" refuses the example: amount: expected a number, found the text "x"',
  ],
])('%s is refused', (examples, problem) => {
  expect(problemsOf(examples)).toEqual([problem]);
});

test('the message about a secret does not hold its value', () => {
  expect(problemsOf('{input: [{n: 1, s: leaked}]}').join()).not.toContain('leaked');
});
