// A terminal that shows ASCII alone: what stands for our characters there is wider, and yet no line wraps.
import { expect, test } from 'vitest';
import { widthOf } from '../../../src/terminal/render/width.ts';
import { asciiLines, createScreen } from '../../../src/terminal/screen/screen.ts';

test('lines that were cut still fit, and end in dots that every terminal has', () => {
  expect(asciiLines(['abcdefghi…', '██░ 2/3', 'short'], 10)).toEqual(['abcdefg...', '##- 2/3', 'short']);
  for (const columns of [1, 2, 3, 4])
    expect(widthOf(asciiLines(['ab…'], columns)[0] ?? '')).toBeLessThanOrEqual(Math.max(columns, 3));
});

test('the screen has nothing left to cut of them', () => {
  let written = '';
  const write = (text: string) => {
    written += text;
  };
  createScreen({ write, columns: () => 10, rows: () => 3 }).draw(asciiLines(['abcdefghi…'], 10));

  expect(written).toContain('abcdefg...');
  expect(written).not.toContain('…');
});
