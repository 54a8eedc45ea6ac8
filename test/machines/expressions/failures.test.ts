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
  ['avg([])', '${avg([])}: avg() of an empty list'],
  ['sum(a.output.n)', '${sum(a.output.n)}: sum() needs a list, not 3; a.output.n = 3'],
  ['sum(["x"])', '${sum(["x"])}: sum() needs a number, not "x"'],
  ['zip([1], [])', '${zip([1], [])}: zip() needs two lists that are as long, not of 1 and 0 items'],
  [
    '[1, "x"].sort()',
    '${[1, "x"].sort()}: sort() needs numbers, texts or times, all of one kind, not "x" and 1',
  ],
  ['[[1]].sort()', '${[[1]].sort()}: sort() needs numbers, texts or times, all of one kind, not [1] and [1]'],
  ['[1].slice(2)', '${[1].slice(2)}: slice(2, 1) is not inside a list of 1 items'],
  ['[1].group_by(x, x)', '${[1].group_by(x, x)}: a key of group_by() needs a text, not 1'],
  ['merge({}, [])', '${merge({}, [])}: merge() needs maps, not []'],
  ["parse_json('{')", '${parse_json(\'{\')}: parse_json() needs a JSON text, not "{"'],
  [
    'parse_json("[12345678901234567891]")',
    '${parse_json("[12345678901234567891]")}: parse_json(): [0] is 12345678901234567891, which a number cannot hold without a change; give it as text, in quotes',
  ],
  ['from_base64("?")', '${from_base64("?")}: from_base64() needs the Base64 of a text in UTF-8, not "?"'],
  [
    'timestamp("2026-02-30T00:00:00Z")',
    '${timestamp("2026-02-30T00:00:00Z")}: timestamp() needs a text such as 2026-03-08T02:30:00Z or seconds since 1970, not "2026-02-30T00:00:00Z"',
  ],
  ['duration("1x")', '${duration("1x")}: duration() needs a text such as 90s, 1h30m or 2d, not "1x"'],
  [
    'timestamp(0) + timestamp(0)',
    '${timestamp(0) + timestamp(0)}: "+" takes two numbers, two texts or two lists (string(x) makes a text), not 1970-01-01T00:00:00Z and 1970-01-01T00:00:00Z',
  ],
  ['timestamp(-1e12)', '${timestamp(-1e12)}: a moment lies in the years 1 to 9999'],
  [
    'timestamp(0).getHours("Mars")',
    '${timestamp(0).getHours("Mars")}: a time zone is UTC, an offset such as +02:00, or a name such as Europe/Berlin, not "Mars"',
  ],
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
  ['a.loop()', 'there is no loop()'],
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
