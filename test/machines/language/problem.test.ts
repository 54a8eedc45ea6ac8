// How a problem looks to a person: one headline that editors can jump to, the line, and a caret under the place.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { formatProblem, formatProblems, type Problem } from '../../../machines/language/problem.ts';
import { definitionText } from '../../support/definition-text.ts';

const problem: Problem = {
  code: 'definition.unknown-task',
  severity: 'error',
  message: 'no task "biuld"; did you mean "build"?',
  file: 'definitions/release.yaml',
  line: 7,
  column: 5,
  length: 5,
  sourceLine: '    biuld: x',
  fix: 'build',
  path: 'tasks.test.depends_on',
};

test('a problem is a headline, the line and a caret', () => {
  expect(formatProblem(problem)).toBe(
    [
      'definitions/release.yaml:7:5  error  tasks.test.depends_on: no task "biuld"; did you mean "build"?  [definition.unknown-task]',
      '   7 |     biuld: x',
      '     |     ^^^^^',
    ].join('\n'),
  );
});

test('a problem without a path or a line is its headline', () => {
  const { sourceLine: _, ...rest } = problem;
  expect(formatProblem({ ...rest, path: '' })).toBe(
    'definitions/release.yaml:7:5  error  no task "biuld"; did you mean "build"?  [definition.unknown-task]',
  );
});

test('the caret stays under its place behind a tab and a character of two units', () => {
  const lines = formatProblem({ ...problem, sourceLine: '\t𝕏 biuld', column: 5 }).split('\n');
  expect(lines.slice(1)).toEqual(['   7 |  𝕏 biuld', '     |    ^^^^^']);
});

test('a very long line is shown around the place', () => {
  const sourceLine = `${'x'.repeat(5000)}biuld${'y'.repeat(5000)}`;
  const [, line = '', caret = ''] = formatProblem({ ...problem, sourceLine, column: 5001 }).split('\n');
  expect(line.length).toBeLessThan(200);
  expect(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('biuld');
});

test('problems come in the order of the file, and the last line counts them', () => {
  const text = formatProblems([
    { ...problem, line: 9, severity: 'warning' },
    { ...problem, line: 2, column: 7 },
    { ...problem, line: 2, column: 3 },
  ]);
  const heads = text.split('\n').filter((line) => line.startsWith('definitions/'));
  expect(heads.map((line) => line.split(' ')[0])).toEqual([
    'definitions/release.yaml:2:3',
    'definitions/release.yaml:2:7',
    'definitions/release.yaml:9:5',
  ]);
  expect(text.split('\n').at(-1)).toBe('2 errors, 1 warning');
});

test.each([
  [[], 'no problems'],
  [[problem], '1 error'],
  [[{ ...problem, severity: 'warning' as const }], '1 warning'],
])('counts %#', (problems, last) => {
  expect(formatProblems(problems).split('\n').at(-1)).toBe(last);
});

test('the caret of a loaded definition marks exactly what is wrong', () => {
  const result = loadDefinition({
    file: 'w.yaml',
    content: definitionText(
      '- id: build\n- id: test\n  depends_on: ["biuld"]\n  input: "so ${biuld.output.x} and on"',
    ),
  });
  const shown = result.ok ? [] : result.problems.map((each) => formatProblem(each).split('\n').slice(1));
  const marked = shown.map(([line = '', caret = '']) =>
    line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1),
  );
  expect(marked).toEqual(['"biuld"', 'biuld.output.x']);
});
