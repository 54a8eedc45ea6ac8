// References stand for large values; expressions see the values.
import { expect, test } from 'vitest';
import { BlobNeeded, unclaimed } from '../../../../machines/run/record/claim-check.ts';
import { emptyAside } from '../../../../machines/run/run.ts';

const blob = (digest: string) => ({ $blob: { digest, bytes: 1 } });
const digest = (letter: string) => letter.repeat(64);
const aside = { ...emptyAside, blobs: new Map([[digest('a'), { large: true }]]) };

test('references are replaced by what they stand for, however deep they stand', () => {
  expect(unclaimed({ aside }, { list: [1, blob(digest('a'))] })).toEqual({ list: [1, { large: true }] });
});

test('a value without references is the value itself', () => {
  const value = { a: [1, { b: 'text' }] };

  expect(unclaimed({ aside }, value)).toBe(value);
});

test('all references that are not at hand are named at once', () => {
  const needs = () => unclaimed({ aside }, [blob(digest('b')), blob(digest('c'))]);

  expect(needs).toThrow(BlobNeeded);
});
