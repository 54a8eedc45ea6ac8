// What was said and done, line by line. Method: rows of which one is a command that failed with a last word.

import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../events/record.ts';
import { type BookRow, bookRow } from '../../../src/projections/insights/book-row.ts';
import { logLines, withPrinted } from '../../../src/projections/task/log-lines.ts';
import { goldenRun } from '../golden-books.ts';

const { book, records } = goldenRun('used-up');

test('has a line for each event, up to the one that was asked for', () => {
  expect(logLines(book.rows, {}).map(({ event }) => event)).toEqual(records.map(({ sequence }) => sequence));
  expect(logLines(book.rows, { at: 3 }).map(({ event }) => event)).toEqual([1, 2, 3]);
  expect(logLines(book.rows, { at: 3, after: 1 }).map(({ event }) => event)).toEqual([2, 3]);
});

test('says of a failure that it is one, and what stands in the way as a warning', () => {
  const lines = logLines(book.rows, {});

  expect(lines.find(({ text }) => text.startsWith('task failed'))?.level).toBe('error');
  expect(lines.find(({ text }) => text.startsWith('task started'))).toMatchObject({
    level: 'info',
    task: 'a',
  });
});

test('tells one task alone', () => {
  const tasks = new Set(logLines(book.rows, { task: 'b' }).map(({ task }) => task));

  expect([...tasks]).toEqual(['b']);
});

test('shows the end of what a command said, a line for each of its lines', () => {
  const failed = records.find(({ type }) => type === 'task.failed');
  if (failed === undefined) throw new Error('the journal holds a failure');
  const error = { code: 'command.failed', message: 'exit code 1', details: { stderr: 'first\nsecond\n' } };
  const data = { ...failed.data, fact: { ...failed.data.fact, error } };

  expect(logLines([bookRow({ ...failed, data } as JournalRecord, 1)], {}).map(({ text }) => text)).toEqual([
    'task failed: attempt 1: command.failed: exit code 1',
    '  first',
    '  second',
  ]);
});

const ofTask = { task: 'a' };
/** The rows of a run whose first failed attempt printed this. */
function printing(log: Json) {
  const failed = records.find(({ type }) => type === 'task.failed');
  if (failed === undefined) throw new Error('the journal holds a failure');
  const data = { ...failed.data, fact: { ...failed.data.fact, log } };

  return [bookRow({ ...failed, data } as JournalRecord, 1)];
}
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`).join('\n');

test('shows all that an attempt printed with its task, however many lines, and with the run the latest 2,000', () => {
  const rows = printing({
    stdout: 'begun\n',
    stderr: { head: 'first', omittedBytes: 7, tail: `${numbered(4_000)}\n` },
    report: ['report.invalid: line 1'],
  });
  const lines = logLines(rows, ofTask);
  expect(lines.slice(1, 5).map(({ stream, text }) => `${stream}: ${text}`)).toEqual([
    'stdout: begun',
    'stderr: first',
    'stderr: ... 7 bytes are left out ...',
    'stderr: line 0',
  ]);
  expect(lines.slice(-2).map(({ stream, text }) => `${stream}: ${text}`)).toEqual([
    'stderr: line 3999',
    'report: report.invalid: line 1',
  ]);
  expect(lines).toHaveLength(4_005);
  expect(logLines(rows, {})).toEqual(lines.slice(-2_000));
});

test('one attempt shows its first lines and its last, and a part that cannot be read takes nothing from the others', () => {
  const rows = printing({
    stdout: `first\n${'x\n'.repeat(29_998)}last`,
    stderr: { head: 7 },
    report: ['x'.repeat(3_000)],
  });
  const texts = logLines(rows, ofTask).map(({ text }) => text);

  expect(texts).toHaveLength(20_002);
  expect(texts[1]).toBe('first');
  expect(texts[1_001]).toBe('... 10000 lines are left out ...');
  expect(texts.at(-1)).toBe('last');
});

test('the end of what a command said stands with the run where the rest is kept beside the journal', () => {
  const failed = records.find(({ type }) => type === 'task.failed');
  if (failed === undefined) throw new Error('the journal holds a failure');
  const error = { code: 'command.failed', message: 'exit code 1', details: { stderr: 'last word' } };
  const log = { $blob: { digest: '0'.repeat(64), bytes: 9_000 } };
  const data = { ...failed.data, fact: { ...failed.data.fact, error, log } };

  expect(
    logLines([bookRow({ ...failed, data } as JournalRecord, 1)], {}).map(({ text }) => text.trim()),
  ).toEqual([
    'task failed: attempt 1: command.failed: exit code 1',
    'last word',
    'printed 9 KiB: ask for its task up to this event to see it',
  ]);
});

test('many attempts at a task are shown up to 20,000 lines, none of them without its beginning', () => {
  const rows = Array.from({ length: 10 }, () => printing({ stdout: numbered(3_000) })).flat();

  expect(logLines(rows, ofTask).filter(({ text }) => text === 'line 0')).toHaveLength(7);
});

test('what is kept beside the journal is read for the latest attempts at the task that is asked for, and named otherwise', async () => {
  const rows = Array.from({ length: 25 }, (_, index) => {
    return printing({ $blob: { digest: `${index}`.padStart(64, '0'), bytes: 9_000 } });
  }).flat();
  const read: number[] = [];
  const blob = async (digest: string) => {
    read.push(Number(digest));
    return digest.endsWith('24') ? undefined : JSON.stringify({ stderr: `of ${Number(digest)}` });
  };
  const texts = (shown: readonly BookRow[]) => logLines(shown, ofTask).map(({ text }) => text.trim());

  const elsewhere = 'printed 9 KiB: ask for its task up to this event to see it';
  const latest = texts(await withPrinted(rows, ofTask, blob));
  expect(read).toEqual(Array.from({ length: 20 }, (_, index) => index + 5));
  expect(latest).toContain('of 5');
  // The oldest five.
  expect(latest.filter((text) => text === elsewhere)).toHaveLength(5);
  const gone =
    '9 KiB that it printed (digest 000000000000) are not in the blob store any more, or damaged: see workflow doctor';
  expect(latest.filter((text) => text === gone)).toHaveLength(1);
  const away = texts(await withPrinted(rows, ofTask, () => Promise.reject(new Error('the store is away'))));
  expect(away).toContain('9 KiB that it printed (digest 000000000000) cannot be read now: the store is away');
  expect(texts(await withPrinted(rows, { ...ofTask, at: 2 }, blob))).toContain('of 1');
  expect(await withPrinted(rows, {}, blob)).toBe(rows);
  expect(await withPrinted(rows, { task: 'b' }, blob)).toEqual(rows);
});
