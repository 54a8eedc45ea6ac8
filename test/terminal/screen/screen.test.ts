// The whole terminal taken over: only lines that changed are written, each at its place, and what was there comes back.
import { expect, test } from 'vitest';
import { createScreen } from '../../../src/terminal/screen/screen.ts';

const esc = '\u001b[';

function open(columns = 20, rows = 5) {
  const size = { columns, rows };
  const written: string[] = [];
  const screen = createScreen({
    write: (text) => written.push(text),
    columns: () => size.columns,
    rows: () => size.rows,
  });

  return { screen, size, written };
}

test('takes the other screen of the terminal without its cursor, and gives both back once', () => {
  const { screen, written } = open();
  expect(written).toEqual([`${esc}?1049h${esc}?25l${esc}2J`]);
  screen.end();
  screen.end();
  expect(written.slice(1)).toEqual([`${esc}?25h${esc}?1049l`]);
});

test('writes only the lines that changed, inside of one synchronized update', () => {
  const { screen, written } = open();
  screen.draw(['one', 'two', 'three']);
  screen.draw(['one', '2', 'three']);
  expect(written.at(-1)).toBe(`${esc}?2026h${esc}2;1H2${esc}K${esc}?2026l`);
});

test('writes nothing where nothing changed', () => {
  const { screen, written } = open();
  screen.draw(['one']);
  const count = written.length;
  screen.draw(['one']);
  expect(written).toHaveLength(count);
});

test('clears what stood below a frame that has become shorter', () => {
  const { screen, written } = open();
  screen.draw(['one', 'two']);
  screen.draw(['one']);
  expect(written.at(-1)).toContain(`${esc}2;1H${esc}J`);
});

test.each([
  ['wider', { columns: 30, rows: 5 }],
  ['higher', { columns: 20, rows: 9 }],
])('draws every line again on a terminal that became %s', (_what, other) => {
  const { screen, size, written } = open();
  screen.draw(['one', 'two']);
  Object.assign(size, other);
  screen.draw(['one', 'two']);
  expect(written.at(-1)).toContain(`${esc}1;1Hone`);
});

test('cuts what is too wide or too long, so that nothing wraps or scrolls', () => {
  const { screen, written } = open(6, 2);
  screen.draw(['much too wide', 'second', 'third']);
  expect(written.at(-1)).toContain(`${esc}1;1Hmuch …`);
  expect(written.at(-1)).not.toContain('third');
});

test('writes colours, and nothing else that would steer the terminal, whatever a line holds', () => {
  const { screen, written } = open(60);
  screen.draw([`${esc}31mred${esc}0m \u001b]0;title\u0007${esc}2J${esc}5;5H\u009b2J\r\b\u001bcend`]);
  expect(written.at(-1)).toBe(
    `${esc}?2026h${esc}1;1H${esc}31mred${esc}0m ]0;title[2J[5;5H2Jcend${esc}K${esc}2;1H${esc}J${esc}?2026l`,
  );
});

test('draws a frame whole again when somebody else has written on the terminal', () => {
  const { screen, written } = open();
  screen.draw(['one']);
  screen.forget();
  screen.draw(['one']);
  expect(written.at(-1)).toContain('one');
});

test('draws nothing any more once it has ended', () => {
  const { screen, written } = open();
  screen.end();
  const count = written.length;
  screen.draw(['late']);
  expect(written).toHaveLength(count);
});
