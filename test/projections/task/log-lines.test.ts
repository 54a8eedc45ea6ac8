// What was said and done, line by line. Method: rows of which one is a command that failed with a last word.

import { expect, test } from 'vitest';
import type { JournalRecord } from '../../../events/record.ts';
import { bookRow } from '../../../src/projections/insights/book-row.ts';
import { logLines } from '../../../src/projections/task/log-lines.ts';
import { goldenRun } from '../golden-books.ts';

const { book, records } = goldenRun('used-up');

test('has a line for each event, up to the one that was asked for', () => {
  expect(logLines(book.rows, {}).map(({ event }) => event)).toEqual(records.map(({ sequence }) => sequence));
  expect(logLines(book.rows, { at: 3 }).map(({ event }) => event)).toEqual([1, 2, 3]);
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
