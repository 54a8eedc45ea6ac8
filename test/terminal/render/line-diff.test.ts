// What two texts differ in, line by line.
import { expect, test } from 'vitest';
import { printedLineDiff } from '../../../src/terminal/render/line-diff.ts';

const ten = Array.from({ length: 10 }, (_, index) => `line ${index}`);

test('nothing where both are the same', () => {
  expect(printedLineDiff(ten, ten)).toEqual([]);
});

test('a line that was changed, with three around it', () => {
  expect(printedLineDiff(ten, ten.with(5, 'other'))).toEqual([
    '  ...',
    '  line 2',
    '  line 3',
    '  line 4',
    '- line 5',
    '+ other',
    '  line 6',
    '  line 7',
    '  line 8',
    '  ...',
  ]);
});

test('lines that came and went at both ends', () => {
  expect(printedLineDiff(['a', 'b'], ['b', 'c'])).toEqual(['- a', '  b', '+ c']);
  expect(printedLineDiff([], ['a'])).toEqual(['+ a']);
  expect(printedLineDiff(['a'], [])).toEqual(['- a']);
});

test('two places far from each other are shown apart', () => {
  const lines = printedLineDiff(ten, ['first', ...ten, 'last']);
  expect(lines.filter((line) => line === '  ...')).toHaveLength(1);
  expect(lines.at(0)).toBe('+ first');
  expect(lines.at(-1)).toBe('+ last');
});
