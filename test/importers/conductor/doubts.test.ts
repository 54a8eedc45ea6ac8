// Whatever an imported script would do otherwise than it did in Conductor is said, and what is said to be the same is.
// Method: each script is imported as a task, over inputs of which nothing is known; its warnings are compared.
import { expect, test } from 'vitest';
import type { ImportedDefinition } from '../../../src/ports/definitions/definition-import.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';
import { importedTasks } from './conductor-fixtures.ts';

const names = ['l', 'n', 's', 't'];
const inputParameters = Object.fromEntries(names.map((name) => [name, `\${workflow.input.${name}}`]));

function inline(expression: string): ImportedDefinition {
  const input = { ...inputParameters, evaluatorType: 'javascript', expression };

  return importedTasks([{ name: 'x', taskReferenceName: 'x', type: 'INLINE', inputParameters: input }]);
}

function jq(queryExpression: string): ImportedDefinition {
  const input = { ...inputParameters, queryExpression };

  return importedTasks([
    { name: 'x', taskReferenceName: 'x', type: 'JSON_JQ_TRANSFORM', inputParameters: input },
  ]);
}

function said({ entries }: ImportedDefinition): readonly string[] {
  return entries
    .filter(({ construct, severity }) => severity !== 'info' && construct !== 'outputParameters')
    .map(({ severity, construct, reason }) => `${severity} ${construct}: ${reason}`);
}

function resultOf({ yaml }: ImportedDefinition, input: Record<string, never>): unknown {
  return startedRun(chartOfText(yaml), input).run().state.tasks['x']?.output;
}

test.each([
  ['$.s[0]', 'a position in a text'],
  ['$.l.length', 'the length counts'],
  ['$.l.join("-")', 'join() of lists in the list'],
  ['$.l.slice(1)', 'not of a list'],
  ['$.t * 2', '"*": a text, null, true and false'],
  ['$.t > 9', '">": a text beside a number'],
  ['$.t + 1', '"+": a text beside a number'],
  ['$.t / $.n', 'a division by 0'],
  ['-$.t', '"-" of what is no number'],
  ['"v" + $.n', 'null, a list or an object as text'],
  ['$.t == 10', '"==": "10" and 10'],
  ['$.t != "a"', '"!=": "10" and 10'],
  ['$.t === null', 'null and undefined are the same'],
  ['$.t === $.n', 'lists and objects with the same content'],
  ['$.s.toUpperCase()', 'ASCII letters'],
  ['$.s.split(",")', 'split() takes texts only'],
  ['Math.floor($.t)', 'floor() of what is no number'],
  ['$.l.map(x => x)', 'a list that is missing is empty'],
])('a script over values of any kind says once where it differs: %s', (script, reason) => {
  expect(said(inline(script))).toEqual([expect.stringMatching(/^warning JavaScript: /)]);
  expect(said(inline(script))[0]).toContain(reason);
});

test.each([
  ['.l | length', 'the length of a number'],
  ['.n + .t', '"+": null and objects'],
  ['.n > 1', '">": values of different kinds'],
  ['.t * 2', '"*": texts, lists and objects'],
  ['.t % 2', 'a fraction is kept'],
  ['.l | map(.a)', 'of an object the names are walked'],
  ['.l[0]', 'a position in a text'],
  ['.l | index("a")', 'indexOf() takes texts only'],
])('a filter over values of any kind says once where it differs: %s', (filter, reason) => {
  expect(said(jq(filter))).toEqual([expect.stringMatching(/^warning jq: /)]);
  expect(said(jq(filter))[0]).toContain(reason);
});

test.each(['$.t === "a"', '$.t == null', '!$.t', '1 + 2 * 3', '[1, 2].length', '$.l.includes(3)', '$.s'])(
  'of what is the same for every value nothing is said: %s',
  (script) => {
    expect(said(inline(script))).toEqual([]);
  },
);

test('a decision on a loose comparison never claims that everything has an equivalent', () => {
  const decision = importedTasks([
    {
      ...{ name: 'd', taskReferenceName: 'd', type: 'SWITCH', evaluatorType: 'javascript', inputParameters },
      expression: "$.t == 10 ? 'big' : 'small'",
      decisionCases: { big: [{ name: 'b', taskReferenceName: 'b', type: 'SIMPLE' }] },
    },
  ]);
  expect(decision.yaml).not.toContain('Everything has an equivalent');
  expect(said(decision)).toEqual([expect.stringContaining('warning JavaScript')]);
});

test.each([
  [inline('$.l.includes(3)'), { l: [1, 3] }, true],
  [inline('$.l.includes(3)'), { l: 'a3' }, true],
  [inline('$.l.join("-")'), { l: [1, null, 'a', true] }, '1--a-true'],
  [jq('.n | length'), { n: null }, 0],
  [jq('.n + 1'), { n: null }, 1],
  [jq('.n + 1'), { n: 2 }, 3],
  [jq('.l | tostring'), { l: [1, 'a'] }, '[1,"a"]'],
  [jq('"\\(.s) \\(.n)"'), { s: 'text', n: null }, 'text null'],
])('what can be said exactly is: %#', (definition, input, result) => {
  expect(definition.problems).toEqual([]);
  expect(resultOf(definition, input as never)).toMatchObject({ result });
});

test('a filter that our checker would refuse runs as it stands, and nothing is lost', () => {
  const definition = jq('.l | index(1)');
  expect(definition.problems).toEqual([]);
  expect(said(definition)).toEqual([]);
  expect(definition.yaml).toContain('language: jq\n        expression: .l | index(1)');
});

test('a script that becomes an expression of the wrong kinds runs as it stands', () => {
  const definition = inline('[1].startsWith("a")');
  expect(definition.problems).toEqual([]);
  expect(said(definition)).toEqual([]);
  expect(definition.yaml).toContain('uses: evaluate');
});

test('a refused script inside of a loop or a branch leaves what is around it as it is', () => {
  const inputs = { ...inputParameters, evaluatorType: 'javascript', expression: '[1].startsWith("a")' };
  const bad = { name: 'result', taskReferenceName: 'result', type: 'INLINE', inputParameters: inputs };
  const loop = { name: 'o', taskReferenceName: 'o', type: 'DO_WHILE', loopCondition: '$.o.iteration < 2' };
  const fork = { name: 'f', taskReferenceName: 'f', type: 'FORK_JOIN' };
  for (const definition of [
    importedTasks([{ ...loop, loopOver: [bad] }]),
    importedTasks([{ ...fork, forkTasks: [[bad]] }]),
  ]) {
    expect(definition.problems).toEqual([]);
    expect(said(definition).filter((entry) => entry.startsWith('loss'))).toEqual([]);
    expect(definition.yaml).toContain('uses: evaluate');
  }
});

test('a script that Conductor puts values into still waits for an agent, as a loss', () => {
  const definition = inline("for (;;) { return '${workflow.input.name}'; }");
  expect(said(definition)).toEqual([expect.stringContaining('loss INLINE')]);
  expect(definition.yaml).toContain('conductor-javascript');
});
