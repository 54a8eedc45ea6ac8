// Keys of one type that belong together, exclude each other or hold values that no run could use. Method: one-task
// definitions, each with every problem and warning it must give, as `line:column code`.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionText } from '../../support/definition-text.ts';

test.each([
  ['as many items at once as there may be', 'FORK, for_each: "[1]", concurrency: 1000, task: {id: u}'],
  ['a workflow of a certain version for every item', 'FORK, for_each: "[1]", workflow: x@2'],
  ['a signal until some time', 'WAIT, signal: x, until: "2026-01-31T09:00:00Z"'],
  ['a signal for some time', 'WAIT, signal: x, match: signal.data.ok, duration: 1h'],
  ['a time that is made of expressions', 'WAIT, until: "${workflow.id}T00:00:00Z"'],
  ['a WAIT that a person ends, or time', 'WAIT, timeout: 1h'],
  [
    'a condition and items',
    'DO_WHILE, items: "${[1]}", loop_condition: loop.iteration < 2, tasks: [{id: u}]',
  ],
  ['an event type of several words', 'EVENT, event: {type: order-line.paid_2, subject: "${workflow.id}"}'],
  ['a secret in a header', 'HTTP, request: {url: "http://example.test", headers: {a: "${secrets.KEY}"}}'],
])('%s is fine', (_, keys) => {
  expect(problemsOf(keys)).toEqual([]);
});

test.each([
  ['no item at once', 'FORK, for_each: "[1]", concurrency: 0, task: {id: u}', '5:57 definition.out-of-range'],
  [
    'too many items at once',
    'FORK, for_each: "[1]", concurrency: 1001, task: {id: u}',
    '5:57 definition.out-of-range',
  ],
  [
    'branches and items',
    'FORK, branches: [[{id: v}]], for_each: "[1]", task: {id: u}',
    '5:7 definition.bad-combination',
  ],
  ['items and nothing to do', 'FORK, for_each: "[1]"', '5:7 definition.bad-combination'],
  ['two bodies', 'FORK, for_each: "[1]", task: {id: u}, workflow: x', '5:7 definition.bad-combination'],
  ['a body for branches', 'FORK, branches: [[{id: v}]], task: {id: u}', '5:56 definition.bad-combination'],
  ['a workflow that is no id', 'FORK, for_each: "[1]", workflow: X Y', '5:54 definition.bad-value'],
  ['branches one by one', 'FORK, branches: [[{id: v}]], concurrency: 1', '5:50 definition.no-effect'],
  ['two times', 'WAIT, duration: 1s, until: 2026-01-31', '5:7 definition.bad-combination'],
  ['a match without a signal', 'WAIT, duration: 1s, match: "true"', '5:48 definition.bad-combination'],
  ['a time of no zone', 'WAIT, until: "2026-01-31T09:00:00"', '5:34 definition.bad-value'],
  ['a time that is a number', 'WAIT, until: 12', '5:34 definition.bad-value'],
  ['a WAIT for nothing', 'WAIT', '5:7 definition.endless-wait'],
  ['a loop without end', 'DO_WHILE, tasks: [{id: u}]', '5:7 definition.bad-combination'],
  ['items that are no list', 'DO_WHILE, items: 3, tasks: [{id: u}]', '5:38 definition.wrong-type'],
  ['an event type with a wildcard', 'EVENT, event: {type: "order.*"}', '5:42 definition.bad-value'],
  ['an event type with an expression', 'EVENT, event: {type: "${workflow.id}"}', '5:42 definition.bad-value'],
])('%s is a problem', (_, keys, problem) => {
  expect(problemsOf(keys)).toEqual([problem]);
});

function problemsOf(keys: string): readonly string[] {
  const result = loadDefinition({ file: 'w.yaml', content: definitionText(`- {id: t, type: ${keys}}`) });
  const problems = result.ok ? result.warnings : result.problems;

  return problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

test.each([
  ['uses: "${workflow.id}"', 'uses'],
  ['retry_policy: {non_retryable: ["${workflow.id}"]}', 'non_retryable'],
  ['catch: [{errors: "${workflow.id}", next: b}]', 'errors'],
  ['name: "of ${workflow.id}"', 'name'],
  ['output: ["${workflow.id}"]', 'output'],
])('%s is an error, as no expression is evaluated there', (key, place) => {
  const text = definitionText(`- {id: a, ${key}}\n- {id: b, type: NOOP}`);
  const result = loadDefinition({ file: 'd.yaml', content: text });

  expect(result.ok ? [] : result.problems).toMatchObject([
    { code: 'definition.misplaced-expression', path: expect.stringContaining(place) },
  ]);
  // What a release before took is not lost with its runs.
  expect(loadDefinition({ file: 'd.yaml', content: text, isAccepted: true }).ok).toBe(true);
});

test('what a JOIN has not is an error, and a definition that was accepted before goes on', () => {
  const text = definitionText(`
  - {id: a, assigned_to: WRITER, output: [n]}
  - {id: j, type: JOIN, join_on: [a]}
  - {id: t, type: TRANSFORM, depends_on: j, output: {v: "\${j.output.a.m}"}}
  `);
  const result = loadDefinition({ file: 'd.yaml', content: text });

  expect(result.ok ? [] : result.problems).toMatchObject([{ code: 'definition.undeclared-output' }]);
  expect(loadDefinition({ file: 'd.yaml', content: text, isAccepted: true }).ok).toBe(true);
});

test.each([
  'description: "what ${x} means"',
  'input: {script: "$${HOME}"}',
  'type: WAIT, signal: "s-${workflow.id}"',
  'type: HUMAN, approvers: {names: "${workflow.id}"}, form: {properties: {a: {type: string, default: "${b}"}}}',
])('%s is none', (key) => {
  const result = loadDefinition({ file: 'd.yaml', content: definitionText(`- {id: a, ${key}}`) });

  expect(result.ok ? [] : result.problems).toEqual([]);
});

test('an expression in a name reads only what there is', () => {
  const text = definitionText('- {id: a, assigned_to: "${workflow.inptu.who}"}');
  const result = loadDefinition({ file: 'd.yaml', content: text });

  expect(result.ok ? [] : result.problems).toMatchObject([{ code: 'definition.unknown-name' }]);
});
