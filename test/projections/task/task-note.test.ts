// The few words behind a task in lists and progress displays: what people look for comes first. Method: a table of
// outputs and the words they give.
import { expect, test } from 'vitest';
import { isFilePath, noteOfOutput } from '../../../src/projections/task/state-note.ts';

test.each([
  ['nothing for no output', undefined, ''],
  ['nothing for null', null, ''],
  ['a text as it is', 'done', 'done'],
  ['one line for a text of many', 'a\n b', 'a b'],
  ['a total by what it counts', { total_files: 41, total_bytes: 9000 }, '41 files'],
  [
    'a status before a file before a count',
    { total: 3, receipt_file: 'out/R.yaml', status: 'PASS' },
    'PASS, out/R.yaml',
  ],
  ['a score', { compliance_score: 85 }, 'compliance score 85'],
  ['no detail that is zero', { total_files: 2, links_total: 0 }, '2 files'],
  ['a detail that is not zero', { total_files: 2, unreadable_total: 1 }, '2 files, 1 unreadable'],
  ['the length of a list when there is nothing better', { required_files: ['a', 'b'] }, '2 required files'],
  ['no length of a list when there is', { required_files: ['a'], total_files: 1 }, '1 files'],
  ['a list by its length', [1, 2, 3], '3 items'],
  ['nothing for what cannot be told in a few words', { body: { deep: true } }, ''],
])('tells %s', (_what, output, note) => {
  expect(noteOfOutput(output)).toBe(note);
});

test('cuts what is too long, and shows that it did', () => {
  expect(noteOfOutput('x'.repeat(500))).toBe(`${'x'.repeat(59)}…`);
});

test.each([
  ['0UT.3OX/VALIDATION.RECEIPT.yaml', true],
  ['receipt.json', true],
  ['PASS', false],
  ['https://example.org/a.html', false],
  ['a sentence. With a stop', false],
  ['two\nlines.txt', false],
])('%j is a path of a file: %s', (text, expected) => {
  expect(isFilePath(text)).toBe(expected);
});
