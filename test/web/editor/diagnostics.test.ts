import { expect, test } from 'vitest';
import { countedProblems, placedProblems } from '../../../src/web/editor/diagnostics.ts';

const text = 'workflow:\n  id: orders\n  tasks:\n    - id: pay\n      depends_on: biuld\n';
const unknownTask = {
  code: 'definition.unknown-task',
  severity: 'error',
  message: 'no task "biuld"; did you mean "build"?',
  path: 'tasks.pay.depends_on',
} as const;

test('a problem covers the characters between its columns', () => {
  const [placed] = placedProblems(text, [{ ...unknownTask, line: 5, column: 19, endLine: 5, endColumn: 24 }]);

  expect(text.slice(placed?.from, placed?.to)).toBe('biuld');
});

test('a problem without an end covers the rest of its word', () => {
  const [placed] = placedProblems(text, [{ ...unknownTask, line: 2, column: 3 }]);

  expect(text.slice(placed?.from, placed?.to)).toBe('id');
});

test('a problem behind the end of the text stays inside of it', () => {
  const [placed] = placedProblems('a: 1', [{ ...unknownTask, line: 90, column: 90 }]);

  expect(placed).toMatchObject({ from: 4, to: 4 });
});

test('problems come in the order of their places', () => {
  const late = { ...unknownTask, line: 5, column: 1 };
  const early = { ...unknownTask, code: 'definition.id', line: 2, column: 1 };

  expect(placedProblems(text, [late, early]).map(({ code }) => code)).toEqual([
    'definition.id',
    'definition.unknown-task',
  ]);
});

test('says how many errors and warnings there are', () => {
  expect(countedProblems([unknownTask, unknownTask, { ...unknownTask, severity: 'warning' }])).toBe(
    '2 errors, 1 warning',
  );
  expect(countedProblems([])).toBe('no problems');
});
