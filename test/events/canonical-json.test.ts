// Canonical JSON is what is hashed and stored, so two values that are equal must give the same text, and the text
// must mean the same value. Method: examples, and random JSON values with their keys in random order.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../events/canonical-json.ts';

test('keys are sorted, nothing is blank, what is undefined is left out', () => {
  const value = { b: [1, 'two', null, true], a: { z: undefined, y: -0 }, Ä: 1e21 };

  expect(canonicalJson(value)).toBe('{"a":{"y":0},"b":[1,"two",null,true],"Ä":1e+21}');
});

test('the text means the same value, whatever the order of the keys was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(canonicalJson(reversed(value))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('what is written otherwise by JSON.stringify is written by its members all the same', () => {
  const value = {
    a: [{ c: 1, b: { 10: 1, 9: 2 } }],
    date: Object.assign({ x: 1 }, { toJSON: 'no function' }),
  };

  expect(canonicalJson(value)).toBe(
    '{"a":[{"b":{"10":1,"9":2},"c":1}],"date":{"toJSON":"no function","x":1}}',
  );
});

test.each([
  Number.NaN,
  [undefined],
  { a: { toJSON: () => 1 } },
  Number.POSITIVE_INFINITY,
  () => 1,
  Symbol('s'),
  1n,
])('refuses %s, which JSON cannot hold', (value) => {
  expect(() => canonicalJson({ value })).toThrow(TypeError);
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;

  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, reversed(member)] as const)
      .reverse(),
  );
}
