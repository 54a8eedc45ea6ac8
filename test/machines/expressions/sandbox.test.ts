// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the tests are written in our own language.
// An expression is data from a stranger: it must not reach JavaScript, must not run forever, and must not build
// something huge. Method: the known escapes (E1, E8), the limits (E4) one past each, and work that grows with the data;
// all bounds are counted in steps, so no clock is read.
import { expect, test } from 'vitest';
import { answer, failure, refusal } from './evaluate.ts';

const escapes = [
  'constructor.constructor("return process")()',
  'a.constructor',
  'a["constructor"]',
  'a.__proto__',
  'a["__proto__"]["polluted"]',
  'a.prototype',
  '{"__proto__": 1}',
  '{"constructor": 1}',
  'a.map(__proto__, 1)',
  'this',
  'this.constructor',
  'globalThis.process',
  'import("fs")',
  'require("fs")',
  'eval("1")',
  'Function("return 1")()',
  '(() => 1)()',
  'function() { return 1 }',
  '`${a}`',
  'new Date()',
  'a = 1',
  'a; b',
  'a.b()()',
  '"x".constructor',
  '[].constructor',
];

test.each(escapes)('refuses %s before it runs', (expression) => {
  expect(answer(expression)).toHaveProperty('problem');
});

test('reads own members only, whatever the key is at run time', () => {
  const scope = { a: { k: 'x' }, list: [1], key: '__proto__', ctor: 'constructor', text: 'abc' };
  for (const expression of [
    'a[key]',
    'a[ctor]',
    'a["toString"]',
    'list["length"]',
    'text["length"]',
    'a.hasOwnProperty',
  ]) {
    expect(answer(expression, scope)).toHaveProperty('error.code', 'expression.failed');
  }
  expect(failure('{key: 1}', scope)).toContain('"__proto__" must not be a key');
  expect(answer('valueOf', scope)).toHaveProperty('error');
  expect(answer('a.k', { a: Object.create({ k: 1 }) })).toHaveProperty('error');
  expect(answer('own.__proto__x', { own: { __proto__x: 1 } })).toStrictEqual({ value: 1 });
});

test('gives no way to call what a careless scope holds', () => {
  const scope = { f: () => 'called', o: { f: () => 'called' } };
  expect(answer('f()', scope)).toHaveProperty('problem');
  expect(answer('o.f()', scope)).toHaveProperty('problem');
  expect(answer('o.f', scope)).toHaveProperty(
    'error.message',
    'o.f: the result holds a value of type function, which is not JSON; o.f = "a value of type function"',
  );
});

test('refuses an expression that is too long, too large or too deep', () => {
  expect(refusal(`"${'x'.repeat(1023)}"`)).toBe(
    'the expression has 1025 characters, more than the 1024 allowed',
  );
  expect(answer(`"${'x'.repeat(1022)}"`)).toHaveProperty('value');
  expect(refusal(Array.from({ length: 101 }, () => '1').join('+'))).toBe(
    'the expression has more than 200 parts; split it',
  );
  expect(answer(Array.from({ length: 100 }, () => '1').join('+'))).toStrictEqual({ value: 100 });
  expect(refusal(`${'('.repeat(33)}1${')'.repeat(33)}`)).toBe(
    'the expression nests deeper than 32; split it',
  );
  expect(answer(`${'('.repeat(31)}1${')'.repeat(31)}`)).toStrictEqual({ value: 1 });
  expect(answer('!'.repeat(1020))).toHaveProperty('problem');
});

const list = Array.from({ length: 10_000 }, (_, index) => index);
const word = 'a'.repeat(200_000);
const patch = `${'a'.repeat(50_000)}b${'a'.repeat(50_000)}`;

test('walks a list of ten thousand', () => {
  expect(answer('size(list.filter(x, x % 2 == 0).map(x, x + 1))', { list })).toStrictEqual({ value: 5000 });
  expect(answer('list.exists(x, x == 9999)', { list })).toStrictEqual({ value: true });
});

const endless = [
  'list.map(x, list.map(y, x * y))',
  'list.all(x, list.all(y, list.all(z, x + y + z >= 0)))',
  'list.filter(x, x in list)',
  'list.exists(x, list == list.map(y, y + 1))',
  'list.exists(x, nothing.there)',
  'list.exists(x, wide > 3)',
  'list.map(x, list + list)',
  'list.map(x, size(wide))',
  'list.map(x, json(list))',
  `[list]${'.map(l, l + l)'.repeat(20)}`,
  `[word]${'.map(t, t + t)'.repeat(20)}`,
  'word.replace("a", word)',
  'list.map(x, word).join(word)',
  'size([word, word].join()) > 0',
  'size("ab".replace("a", word + "a").replace("b", word)) > 0',
  'word.contains(patch)',
  'word.split(patch)',
  'list.map(x, word.lastIndexOf("b"))',
  'list.map(x, regex(word, "(a+)+b"))',
  'list.map(x, word.lowerAscii())',
  'list.map(x, word.split(""))',
];
const wide = Object.fromEntries(list.map((index) => [`key${index}`, index]));

test.each(endless)('gives up on %s after a bounded amount of work', (expression) => {
  expect(answer(expression, { list, word, patch, wide })).toHaveProperty('error.code', 'expression.limit');
});

test('never takes a limit for the answer of "||" or exists()', () => {
  const nested = 'list.all(x, list.all(y, x + y >= 0))';
  expect(answer(`${nested} || true`, { list })).toHaveProperty('error.code', 'expression.limit');
  expect(answer('word + word == "" || true', { word })).toHaveProperty('error.code', 'expression.limit');
  expect(answer(`[1].exists(x, ${nested})`, { list })).toHaveProperty('error.code', 'expression.limit');
});

test('refuses a result larger or deeper than a result may be', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 65; level += 1) deep = [deep];
  const scope = { text: 'x'.repeat(262_143), deep };

  expect(answer('(text)', scope)).toHaveProperty('error.code', 'expression.limit');
  expect(answer('text.substring(1)', scope)).toHaveProperty('value');
  expect(answer('deep', scope)).toHaveProperty('error.code', 'expression.limit');
  expect(answer('deep[0]', scope)).toHaveProperty('value');
  expect(answer('deep == [deep][0][0]', scope)).toHaveProperty('value');
});

test('hands on what somebody gave, however large, where nothing is built of it', () => {
  const scope = { big: { text: 'x'.repeat(20 * 1024 * 1024) } };

  expect(answer('big.text', scope)).toHaveProperty('value.length', 20 * 1024 * 1024);
  expect(answer('big["text"]', scope)).toHaveProperty('value.length', 20 * 1024 * 1024);
  expect(answer('big.text + ""', scope)).toHaveProperty('error.code', 'expression.limit');
});

test('refuses a value that holds itself', () => {
  const self: { me?: unknown } = {};
  self.me = self;
  const other: { me?: unknown } = {};
  other.me = other;

  expect(answer('self', { self })).toHaveProperty('error.code', 'expression.limit');
  expect(answer('self == other', { self, other })).toHaveProperty('error.code', 'expression.limit');
});
