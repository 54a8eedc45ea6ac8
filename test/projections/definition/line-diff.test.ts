// Every line of two texts, and which of them has it.
import { expect, test } from 'vitest';
import { lineChanges } from '../../../src/projections/definition/line-diff.ts';

const signs = { same: ' ', added: '+', removed: '-' };

function changes(before: string, after: string): readonly string[] {
  return lineChanges([...before], [...after]).map(({ kind, text }) => `${signs[kind]}${text}`);
}

test('what both have stands once, what one has is added or removed', () => {
  expect(changes('abcd', 'abxd')).toEqual([' a', ' b', '-c', '+x', ' d']);
  expect(changes('abc', 'abc')).toEqual([' a', ' b', ' c']);
  expect(changes('', 'ab')).toEqual(['+a', '+b']);
  expect(changes('ab', '')).toEqual(['-a', '-b']);
});

test('a line that is there twice is not told of twice', () => {
  expect(changes('aa', 'a')).toEqual([' a', '-a']);
  expect(changes('aba', 'aa')).toEqual([' a', '-b', ' a']);
});

test('either text can be read from the changes again', () => {
  const [before, after] = ['the quick brown fox jumps', 'a quick red fox jumped up'];
  const all = lineChanges(before.split(' '), after.split(' '));
  const without = (kind: string) => all.filter((each) => each.kind !== kind).map(({ text }) => text);

  expect(without('added').join(' ')).toBe(before);
  expect(without('removed').join(' ')).toBe(after);
});
