// References stand for large values; expressions see the values.
import { expect, test } from 'vitest';
import type { Json } from '../../../../events/canonical-json.ts';
import { BlobNeeded, unclaimed } from '../../../../machines/run/record/claim-check.ts';
import { emptyAside } from '../../../../machines/run/run.ts';

const blob = (digest: string) => ({ $blob: { digest, bytes: 1 } });
const digest = (letter: string) => letter.repeat(64);
const aside = {
  ...emptyAside,
  blobs: new Map<string, Json>([
    [digest('a'), { large: true, text: 'of a' }],
    [digest('b'), 'a text'],
  ]),
};
const member = (letter: string, name: string, otherwise: Json): Json => ({
  $blob: { digest: digest(letter), bytes: 1, member: name, otherwise },
});

test('references are replaced by what they stand for, however deep they stand', () => {
  expect(unclaimed({ aside }, { list: [1, blob(digest('a'))] })).toEqual({
    list: [1, { large: true, text: 'of a' }],
  });
});

test('a value without references is the value itself', () => {
  const value = { a: [1, { b: 'text' }] };

  expect(unclaimed({ aside }, value)).toBe(value);
});

test('all references that are not at hand are named at once', () => {
  const needs = () => unclaimed({ aside }, [blob(digest('d')), blob(digest('c'))]);

  expect(needs).toThrow(BlobNeeded);
});

test.each<[string, Json, Json]>([
  ['the member it names', member('a', 'text', 'else'), 'of a'],
  ['what stands for it where it has no such member', member('a', 'toString', 'else'), 'else'],
  ['what stands for it where it is no mapping', member('b', 'length', member('a', 'text', null)), 'of a'],
])('a reference to a member gives %s', (_what, value, content) => {
  expect(unclaimed({ aside }, { text: value })).toEqual({ text: content });
});

test('a mapping has its own members and those of the large values it names, or these themselves', () => {
  const value: Json = {
    $blob: [
      ['fan', blob(digest('a'))],
      ['note', blob(digest('b'))],
    ],
    own: [blob(digest('b'))],
  };

  expect(unclaimed({ aside }, value)).toEqual({ large: true, text: 'of a', note: 'a text', own: ['a text'] });
});
