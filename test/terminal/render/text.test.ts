// How values become text on a terminal. Method: tables of values and the text they give.
import { expect, test } from 'vitest';
import { createPaint, wantsAscii, wantsColour } from '../../../src/terminal/render/paint.ts';
import { progressBar } from '../../../src/terminal/render/progress-bar.ts';
import { shortId, shortIds } from '../../../src/terminal/render/short-id.ts';
import { formatTable } from '../../../src/terminal/render/table.ts';
import { formatElapsed, formatTime, sirius } from '../../../src/terminal/render/times.ts';
import { oneLine, truncateMiddle, truncateToWidth, widthOf } from '../../../src/terminal/render/width.ts';

test.each([
  [0, '0ms'],
  [999, '999ms'],
  [1234, '1.2s'],
  [59_940, '59.9s'],
  [59_990, '1m00s'],
  [118_000, '1m58s'],
  [7_800_000, '2h10m'],
  [273_600_000, '3d04h'],
])('%i ms are %s', (ms, text) => {
  expect(formatElapsed(ms)).toBe(text);
});

test.each([
  ['relative', '42s ago'],
  ['utc', '2026-01-01 00:00:00 UTC'],
  ['iso', '2026-01-01T00:00:00.123Z'],
] as const)('a time is shown %s as %s', (style, text) => {
  const iso = '2026-01-01T00:00:00.123Z';
  expect(formatTime(iso, style, Date.parse(iso) + 42_500)).toBe(text);
});

test('a time that is none is shown as it is, and no time as nothing', () => {
  expect(formatTime('soon', 'utc', 0)).toBe('soon');
  expect(formatTime(undefined, 'utc', 0)).toBe('');
  expect(sirius('2025-10-07T14:20:00Z')).toBe('⧗-25.61.1420');
});

test('wide characters and colours are measured and cut as they are seen', () => {
  expect(widthOf('日本')).toBe(4);
  expect(truncateToWidth('日本語', 5)).toBe('日本…');
  expect(truncateToWidth('\u001b[31mfailed\u001b[39m', 4)).toBe('\u001b[31mfai…\u001b[0m');
  expect(truncateToWidth('fits', 4)).toBe('fits');
  expect(truncateMiddle('batch-inventory-validation-v1 v2', 21)).toBe('batch-inve…tion-v1 v2');
  expect(truncateMiddle('日本語日本語', 7)).toBe('日本…語');
  expect(truncateMiddle('fits', 4)).toBe('fits');
});

test.each([
  ['✓ done…', 7],
  ['e\u0301', 1],
  ['\u200ba\u0007', 1],
  ['한국', 4],
  ['\u1112\u1161\u11ab', 2],
  ['ｶﾞ', 2],
  ['नि', 2],
  ['⚠', 1],
  ['⚠️', 2],
  ['👍🏽', 2],
  ['🇩🇪', 2],
  ['1️⃣', 2],
  ['👨‍👩‍👧‍👦', 2],
  ['🏳️‍🌈', 2],
])('%s takes %i columns, of however many characters it is made', (text, columns) => {
  expect(widthOf(text)).toBe(columns);
  expect(widthOf(`\u001b[1m${text}\u001b[0m!`)).toBe(columns + 1);
});

test('control characters of users cannot move the cursor', () => {
  expect(oneLine('a\u001b[2Jb\r\nc\u0007')).toBe('a[2Jb c');
});

test('a table aligns its columns and cuts the flexible ones on the right first', () => {
  const columns = [
    { title: 'ID' },
    { title: 'NOTE', flexible: true },
    { title: 'N', align: 'right' },
  ] as const;
  const rows = [
    ['a', 'short', '1'],
    ['bbb', 'a note that is long', '22'],
  ];
  expect(formatTable(columns, rows).split('\n')).toEqual([
    'ID   NOTE                  N',
    'a    short                 1',
    'bbb  a note that is long  22',
  ]);
  expect(formatTable(columns, rows, { columns: 20 }).split('\n')[2]).toBe('bbb  a note tha…  22');
});

test('a bar is full only when everything is done', () => {
  expect(progressBar({ settled: 0, taskCount: 3 }, 4)).toBe('░░░░ 0/3');
  expect(progressBar({ settled: 999, taskCount: 1000 }, 4)).toBe('███░ 999/1000');
  expect(progressBar({ settled: 3, taskCount: 3 }, 4)).toBe('████ 3/3');
});

test('a short id is as long as it takes to tell the runs apart', () => {
  const [a, b, c] = [
    '01kah3x9zq4bcaaaaaaaaaaaaa',
    '01kah3x9zq4bcaaaaaaaaaaaab',
    '01kah3x9zq4bdaaaaaaaaaaaaa',
  ];
  expect(shortId(a)).toBe('01kah3x9zq4bc');
  expect([...shortIds([b, c, a]).values()].sort()).toEqual([a, b, '01kah3x9zq4bd']);
});

test.each([
  ['auto', {}, true, true],
  ['auto', {}, false, false],
  ['auto', { NO_COLOR: '1' }, true, false],
  ['auto', { NO_COLOR: '' }, true, true],
  ['auto', { FORCE_COLOR: '1' }, false, true],
  ['auto', { FORCE_COLOR: '0' }, true, false],
  ['auto', { CLICOLOR: '0' }, true, false],
  ['auto', { TERM: 'dumb' }, true, false],
  ['always', { NO_COLOR: '1' }, false, true],
  ['never', { FORCE_COLOR: '1' }, true, false],
] as const)('--color %s with %j on a terminal (%s): %s', (choice, env, isTty, expected) => {
  expect(wantsColour(choice, env, isTty)).toBe(expected);
});

test('ASCII is for the C locale; a status of a later version still has a word', () => {
  expect([
    wantsAscii({ LANG: 'C' }),
    wantsAscii({ LANG: 'C', LC_ALL: 'en_US.UTF-8' }),
    wantsAscii({}),
  ]).toEqual([true, false, false]);
  const paint = createPaint({ colour: false, ascii: false });
  expect([paint.status('PENDING_APPROVAL'), paint.status('ON_HOLD')]).toEqual([
    '◇ needs approval',
    '• on hold',
  ]);
});
