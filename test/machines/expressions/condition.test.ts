// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the tests are written in our own language.
// Conditions: the whole text is an expression, `${x}` in it is `(x)`, and only true and false are truths. Method: the
// seeds' own conditions and their near misses, comparing whole verdicts.
import { expect, test } from 'vitest';
import {
  compileCondition,
  compileExpression,
  type Verdict,
} from '../../../machines/expressions/condition.ts';

const scope = {
  workflow: { input: { strict_mode: false, a: true, word: 'false', n: 0 } },
  b: { output: { c: 4 } },
  validate: { output: { status: 'PASSED' } },
};

function judge(source: string): Verdict {
  const compiled = compileCondition(source);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));

  return compiled.condition.evaluate(scope);
}

test.each([
  ['${workflow.input.strict_mode} == false', true],
  ['${workflow.input.a} && b.output.c > 3', true],
  ['${workflow.input.a} && ${b.output.c > 3}', true],
  ['${workflow.input.a && b.output.c < 3}', false],
  ['!${workflow.input.strict_mode || false}', true],
  ['2 * ${b.output.c - 1} == 6', true],
  ['workflow.input.a', true],
  ["${validate.output.status} == 'PASSED'", true],
  ["validate.output.status in ['PASSED', 'WARN']", true],
  ['size({"a": {"b": 1}}) == 1 && ${"}" == "}"}', true],
])('judges %s', (source, result) => {
  expect(judge(source)).toMatchObject({ ok: true, result });
});

test('tells what a judged condition saw', () => {
  expect(judge('${workflow.input.a} && b.output.c > 3')).toStrictEqual({
    ok: true,
    result: true,
    values: { 'workflow.input.a': true, 'b.output.c': 4 },
  });
});

test.each([
  [
    'workflow.input.word',
    'workflow.input.word: a condition must be true or false (a text is neither; use bool()), not "false"; workflow.input.word = "false"',
  ],
  [
    '${workflow.input.n}',
    '${workflow.input.n}: a condition must be true or false, not 0; workflow.input.n = 0',
  ],
  ['null', 'null: a condition must be true or false, not null'],
  ['"true" && true', '"true" && true: "&&" needs true or false, not "true"'],
  ['b.output.d > 1', 'b.output.d > 1: b.output has no member d; it has c'],
])('takes nothing else for a truth: %s', (source, message) => {
  const verdict = judge(source);
  expect(verdict).toMatchObject({ ok: false, error: { code: 'expression.failed', message } });
});

test('lists what a condition reads and says where it does not parse', () => {
  const compiled = compileCondition('${workflow.input.a} && b.output.c > 3');
  expect(compiled).toHaveProperty('condition.references', [
    { path: ['workflow', 'input', 'a'], expression: '${workflow.input.a} && b.output.c > 3' },
    { path: ['b', 'output', 'c'], expression: '${workflow.input.a} && b.output.c > 3' },
  ]);
  expect(compileCondition('${a} &&')).toMatchObject({
    problems: [{ path: [], offset: 7, message: 'unexpected token: the end' }],
  });
  expect(compileCondition('${a && b')).toMatchObject({
    problems: [{ offset: 0, message: '"${" without its "}"' }],
  });
  expect(compileCondition('"${a}" == "x"')).toMatchObject({ problems: [{ offset: 0 }] });
});

test('takes a value with or without its braces', () => {
  for (const source of [
    '${validate.output.status}',
    'validate.output.status',
    ' ${ validate.output.status } ',
  ]) {
    const compiled = compileExpression(source);
    if (!compiled.ok) throw new Error(source);
    expect(compiled.expression.render(scope)).toStrictEqual({ ok: true, value: 'PASSED' });
    expect(compiled.expression.references[0]?.path).toStrictEqual(['validate', 'output', 'status']);
  }
});
