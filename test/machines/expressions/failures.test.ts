// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the tests are written in our own language.
// What a user reads when an expression is refused or fails: always the reason with the real values, never `undefined`
// and never a JavaScript error. Method: tables of an expression and the exact sentence.
import { expect, test } from 'vitest';
import { answer, failure, refusal } from './evaluate.ts';

const scope = {
  a: { output: { n: 3, word: 'x', flag: 'false', list: [1, 2], nothing: null } },
  secrets: { KEY: 'hunter2' },
  when: new Date(0),
};

const failures = [
  ['a.output.n / 0', '${a.output.n / 0}: division by zero; a.output.n = 3'],
  ['a.output.n % 0', '${a.output.n % 0}: division by zero; a.output.n = 3'],
  ['b.output.x', '${b.output.x}: there is no b'],
  ['a.output.x', '${a.output.x}: a.output has no member x; it has n, word, flag, list, nothing'],
  ['a.output.nothing.x', '${a.output.nothing.x}: a.output.nothing is null: it has no member x'],
  ['a.output.n.x', '${a.output.n.x}: a.output.n is 3: it has no member x'],
  ['a.output.list[5]', '${a.output.list[5]}: a.output.list has 2 items, so none at 5; a.output.list = [1,2]'],
  [
    'a.output.list[0.5]',
    '${a.output.list[0.5]}: a.output.list has 2 items, so none at 0.5; a.output.list = [1,2]',
  ],
  [
    'a.output.word + 1',
    '${a.output.word + 1}: "+" takes two numbers, two texts or two lists (string(x) makes a text), not "x" and 1; a.output.word = "x"',
  ],
  [
    'a.output.word < 1',
    '${a.output.word < 1}: "<" compares two numbers or two texts, not "x" and 1; a.output.word = "x"',
  ],
  ['!a.output.flag', '${!a.output.flag}: "!" needs true or false, not "false"; a.output.flag = "false"'],
  [
    'a.output.flag ? 1 : 2',
    '${a.output.flag ? 1 : 2}: the condition before "?" needs true or false, not "false"; a.output.flag = "false"',
  ],
  [
    'int(a.output.word)',
    '${int(a.output.word)}: int() needs a number or a text of digits, not "x"; a.output.word = "x"',
  ],
  [
    'a.output.?y.value()',
    '${a.output.?y.value()}: a.output.?y has no value; a.output = {"n":3,"word":"x","flag":"false","list":[1,2],"nothing":null}',
  ],
  ['9007199254740991 + 1', '${9007199254740991 + 1}: the result is too large to be exact as a JSON number'],
  ['1e308 * 10', '${1e308 * 10}: the result is too large for a number'],
  ['min([])', '${min([])}: min() of an empty list'],
  [
    'when',
    '${when}: the result holds an object with a class, which is not JSON; when = "an object with a class"',
  ],
] as const;

test.each(failures)('says why %s fails', (expression, message) => {
  expect(failure(expression, scope)).toBe(message);
  expect(answer(expression, scope)).toHaveProperty('error.code', 'expression.failed');
});

test('hands over the values an expression saw, by their path and shortened', () => {
  const large = { output: { text: 'x'.repeat(1000), list: Array.from({ length: 500 }, () => 'item'), n: 1 } };

  expect(answer('a.output.text + a.output.list + string(a.output.n)', { a: large })).toHaveProperty(
    'error.values',
    {
      'a.output.text': `${'x'.repeat(400)}... (1000 characters)`,
      'a.output.list': 'a list of 500',
      'a.output.n': 1,
    },
  );
});

test('never quotes a secret, nor what was computed from one', () => {
  for (const expression of [
    'int(secrets.KEY)',
    'int("no: " + secrets["KEY"])',
    '[secrets].map(s, s.KEY + 1)',
  ]) {
    const answered = JSON.stringify(answer(expression, scope));
    expect(answered).toContain('expression.failed');
    expect(answered).not.toContain('hunter2');
  }
});

const refusals = [
  ['', 'there is no expression'],
  ['a +', 'unexpected token: the end'],
  ['(a', 'expected ")", got the end'],
  ['a b', 'unexpected "b"'],
  ['a = 1', 'unexpected "="; write =='],
  ['a and b', 'unexpected "and"; write &&'],
  ['a & b', 'unexpected "&"; write &&'],
  ['`x`', 'unexpected "`"'],
  ['"abc', 'unterminated string'],
  ['import', '"import" is a reserved word; a task of that name is tasks["import"]'],
  ['now()', 'expressions have no clock, so that a replay agrees; read a time from the data'],
  ['nosuch(1)', 'there is no nosuch()'],
  ['a.nosuch(1)', 'there is no nosuch()'],
  ['size()', 'size() takes 1 arguments, not 0'],
  ['a.substring()', 'substring() takes 1 to 2 arguments, not 0'],
  ['a.?b', 'a.?b may have no value; add .orValue(...)'],
  ['a.b.orValue(1)', 'orValue() needs an optional before it, as in a.?b.orValue()'],
  ['has(a)', 'has() takes one member, as in has(a.output.x)'],
  ['9007199254740993', '9007199254740993 is too large to be exact as a JSON number; write it as text'],
  ['1u', 'unsigned numbers are not needed; write the number without "u"'],
  ['b"x"', 'bytes are not a JSON value; write text'],
  ['"${a}" == "x"', '"${" inside a text literal is not evaluated; write the expression without the quotes'],
] as const;

test.each(refusals)('refuses %j before it runs', (expression, message) => {
  expect(refusal(expression)).toBe(message);
});

test('points at the character that does not fit', () => {
  expect(answer('${a.b} == 1 and c')).toHaveProperty('problem.offset', 12);
  expect(answer('loop.x == nosuch(1)')).toHaveProperty('problem.offset', 10);
});
