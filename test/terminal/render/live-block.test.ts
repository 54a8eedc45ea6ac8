// Lines redrawn in place: only what changed is written, nothing wraps or scrolls, and the cursor comes back.
// Method: what was written is carried out on a screen made of text.
import { expect, test } from 'vitest';
import { createLiveBlock } from '../../../src/terminal/render/live-block.ts';

function createScreen(columns = 20, rows = 6) {
  let written = '';
  const size = { columns, rows };
  const block = createLiveBlock({
    write: (text) => {
      written += text;
    },
    columns: () => size.columns,
    rows: () => size.rows,
  });

  return { block, size, written: () => written, lines: () => screenOf(written) };
}

test('shows the latest lines in the same place', () => {
  const { block, lines } = createScreen();
  block.draw(['one', 'two', 'three']);
  block.draw(['one', '2', 'three']);
  expect(lines()).toEqual(['one', '2', 'three']);
  block.draw(['one']);
  expect(lines()).toEqual(['one']);
});

test('writes only the lines that changed, and nothing when none did', () => {
  const { block, written } = createScreen();
  block.draw(['same', 'old']);
  const before = written().length;
  block.draw(['same', 'old']);
  expect(written()).toHaveLength(before);
  block.draw(['same', 'new']);
  expect(written().slice(before)).toContain('new');
  expect(written().slice(before)).not.toContain('same');
});

test('cuts lines to the width and the block to the height of the terminal', () => {
  const { block, lines } = createScreen(10, 5);
  block.draw(['headline that is long', '1', '2', '3', '4', '5', '6']);
  expect(lines()).toEqual(['headline…', '… 4 lines', '5', '6']);
});

test('draws every line again after a resize', () => {
  const { block, size, written } = createScreen();
  block.draw(['one', 'two']);
  const before = written().length;
  size.columns = 30;
  block.draw(['one', 'two']);
  expect(written().slice(before)).toContain('one');
});

test('hides the cursor while it draws and gives it back once', () => {
  const { block, written } = createScreen();
  block.draw(['one']);
  block.draw(['two']);
  block.end();
  block.end();
  expect(written().split('\u001b[?25l')).toHaveLength(2);
  expect(written().split('\u001b[?25h')).toHaveLength(2);
  expect(written().endsWith('\u001b[?25h')).toBe(true);
});

/** A terminal that knows what the block writes: return, line feed, cursor up, clear the line, clear below. */
function screenOf(text: string): readonly string[] {
  const screen = { lines: [''], row: 0, column: 0 };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of a terminal begin with this character.
  for (const [part] of text.matchAll(/\u001b\[\??[0-9]*[A-Za-z]|[\s\S]/g)) {
    if (part.length > 1) control(screen, part);
    else type(screen, part);
    while (screen.lines.length <= screen.row) screen.lines.push('');
  }

  return screen.lines.slice(0, -1);
}

type Screen = { lines: string[]; row: number; column: number };

function control(screen: Screen, sequence: string): void {
  const { lines, row, column } = screen;
  if (sequence.endsWith('A')) screen.row -= Number.parseInt(sequence.slice(2), 10);
  if (sequence.endsWith('K')) lines[row] = (lines[row] ?? '').slice(0, column);
  if (sequence.endsWith('J')) lines.splice(row);
}

function type(screen: Screen, character: string): void {
  const { lines, row, column } = screen;
  if (character === '\n') screen.row += 1;
  else if (character === '\r') screen.column = 0;
  else {
    const line = lines[row] ?? '';
    lines[row] = line.slice(0, column) + character + line.slice(column + 1);
    screen.column += 1;
  }
}
