// JSON as it is written: what a number of JavaScript would change is refused by name, and every key is kept.
import { expect, test } from 'vitest';
import { canonicalJson, JsonObject, JsonValue } from '../../events/canonical-json.ts';
import { parseJsonText } from '../../events/json-text.ts';

test.each([
  ['12345678901234567891', /^it is 12345678901234567891, which a number cannot hold/],
  ['{"order":{"lines":[{"id":1},{"id":-9007199254740993}]}}', /^order\.lines\[1\]\.id is -9007199254740993/],
  ['1152921504606846976', /^it is 1152921504606846976, which/],
  ['[1,[2,1e400]]', /^\[1\]\[1\] is 1e400/],
  ['{"a":"12345678901234567891","b":12345678901234567891}', /^b is /],
])('%s is refused, with where it stands', (text, message) => {
  expect(() => parseJsonText(text)).toThrow(expect.objectContaining({ code: 'value.inexact' }));
  expect(() => parseJsonText(text)).toThrow(message);
});

test.each([
  '9007199254740992',
  '1764007200123000000',
  '1152921504606847000',
  '100000000000000000000',
  '{"a":"12345678901234567891 \\" 12345678901234567891"}',
  '[0.1234567890123456789,1e-400,-0,1.5e3]',
  '{"__proto__":{"level":"L0"},"constructor":1,"toString":null}',
])('%s is taken', (text) => {
  expect(parseJsonText(text)).toEqual(JSON.parse(text));
});

test('what is no JSON is told as ever', () => {
  expect(() => parseJsonText('{"a":12345678901234567891')).toThrow(SyntaxError);
});

test('a key __proto__ is kept by what reads values, and gives nobody a prototype', () => {
  const text = '{"__proto__":{"level":"L0"},"a":[{"__proto__":1}]}';
  for (const schema of [JsonValue, JsonObject]) {
    const read = schema.parse(parseJsonText(text));
    expect(canonicalJson(read)).toBe(text);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect((read as { readonly level?: string }).level).toBeUndefined();
  }
});

test.each([undefined, Number.NaN, 1n, () => 1, new Date(0), [undefined]])('%s is no JSON value', (value) => {
  expect(JsonValue.safeParse(value).success).toBe(false);
});

test.each([null, [], 'a', 1])('%j is no JSON object', (value) => {
  expect(JsonObject.safeParse(value).success).toBe(false);
});
