import { expect, test } from 'vitest';
import { foldedDiff, lineDiff } from '../../../src/web/editor/line-diff.ts';

const signs = { same: ' ', added: '+', removed: '-' };

function diffOf(before: string, after: string) {
  return lineDiff(before, after).map(({ kind, text }) => `${signs[kind]}${text}`);
}

test('what is equal is the same, what is not is removed and added', () => {
  expect(diffOf('a\nb\nc', 'a\nx\nc')).toEqual([' a', '-b', '+x', ' c']);
});

test('a line that was moved is shown twice, the lines around it once', () => {
  expect(diffOf('a\nb\nc\nd', 'b\nc\na\nd')).toEqual(['-a', ' b', ' c', '+a', ' d']);
});

test('lines may come at the end and go from the beginning', () => {
  expect(diffOf('a\nb', 'b\nc')).toEqual(['-a', ' b', '+c']);
});

test('the same text has no difference', () => {
  expect(lineDiff('a\nb', 'a\nb').every(({ kind }) => kind === 'same')).toBe(true);
});

test('equal lines far from a change are folded, with how many they are', () => {
  const before = Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n');
  const parts = foldedDiff(lineDiff(before, before.replace('line 10', 'line ten')), 2);

  expect(parts.map((part) => (part.kind === 'folded' ? part.count : part.lines.length))).toEqual([8, 6, 7]);
  expect(parts.map(({ from }) => from)).toEqual([0, 8, 14]);
});
