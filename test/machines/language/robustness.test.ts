// Whatever a file holds, the checker answers: it never throws, and its places are places of the file. Method: random
// texts, and valid definitions with random damage; the seed of a failing case is printed by fast-check.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { formatProblems } from '../../../machines/language/problem.ts';

const seed = readFileSync(
  new URL('../../fixtures/seeds/inventory-validation-v1.workflow.yaml', import.meta.url),
  'utf8',
);
const lines = seed.split('\n');
const words = [
  'workflow',
  'tasks',
  'id',
  'type',
  'FORK',
  'DECISION',
  'depends_on',
  '- ',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '${',
  '"',
  "'",
  '&a',
  '*a',
  '|',
  '>',
  '#',
  '\n  ',
  '\n',
  '\t',
  '1',
  '~',
  '!!str',
  '<<',
  '?',
  'scan_files',
  '〔',
  '//',
];

/** Ways to damage a line, each giving the lines that take its place. */
const damages: readonly ((line: string, by: number, word: string) => readonly string[])[] = [
  () => [],
  (line) => [line, line],
  (line, by) => [line.slice(by)],
  (line, by) => [line.slice(0, by)],
  (line, by, word) => [line.slice(0, by) + word + line.slice(by)],
  (line, by) => [lines[by] ?? '', line],
];

describe('a file is answered, whatever it holds', () => {
  test('random text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), answers), { numRuns: 300 });
  });

  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), answers), { numRuns: 300 });
  });

  test('random pieces of definitions', () => {
    const pieces = fc
      .array(fc.constantFrom(...words), { maxLength: 60 })
      .map((parts) => `workflow:\n  ${parts.join('')}`);
    fc.assert(fc.property(pieces, answers), { numRuns: 300 });
  });

  test('random values at every key', () => {
    const task = fc.dictionary(
      fc.constantFrom(
        'id',
        'type',
        'depends_on',
        'parallel_with',
        'join',
        'when',
        'input',
        'output',
        'run',
        'retry_policy',
        'fallback',
        'catch',
        'decision_cases',
        'decision_param',
        'default',
        'branches',
        'tasks',
        'task',
        'for_each',
        'join_on',
        'compensate',
      ),
      fc.oneof(
        fc.constantFrom<unknown>(
          'a',
          'b',
          'FORK',
          'DECISION',
          'DO_WHILE',
          'JOIN',
          ['a', 'b'],
          { next: 'a' },
          { A: { next: ['b'] } },
          [[{ id: 'c' }]],
          '${a.output}',
        ),
        fc.jsonValue({ maxDepth: 3 }),
      ),
    );
    const workflow = fc.record({
      id: fc.constant('w'),
      version: fc.constant(1),
      tasks: fc.array(task, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(workflow, (value) => answers(JSON.stringify({ workflow: value }))),
      { numRuns: 500 },
    );
  });

  test('a valid definition with lines dropped, doubled, moved and cut', () => {
    const step = fc.record({
      at: fc.nat(lines.length - 1),
      damage: fc.constantFrom(...damages),
      by: fc.nat(20),
      word: fc.constantFrom(...words),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), (steps) => {
        const text = steps.reduce<readonly string[]>(
          (rest, { at, damage, by, word }) => [
            ...rest.slice(0, at),
            ...damage(rest[at] ?? '', by, word),
            ...rest.slice(at + 1),
          ],
          lines,
        );
        answers(text.join('\n'));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a definition of two thousand tasks', () => {
  const tasks = (link: (index: number) => string) =>
    `workflow:\n  id: w\n  version: 1\n  tasks:\n${Array.from({ length: 2000 }, (_, index) => `    - {id: t${index}, uses: x${link(index)}}\n`).join('')}`;

  test.each([
    ['in a chain', tasks((index) => (index === 0 ? '' : `, depends_on: t${index - 1}`))],
    ['in a chain written backwards', tasks((index) => (index === 1999 ? '' : `, depends_on: t${index + 1}`))],
    [
      'all parallel with the one before',
      tasks((index) => (index === 0 ? '' : `, parallel_with: t${index - 1}`)),
    ],
    ['all in one cycle', tasks((index) => `, depends_on: t${(index + 1) % 2000}`)],
  ])('%s is answered', (_, text) => {
    answers(text);
  });

  test('and one more is refused', () => {
    const text = `${tasks(() => '')}    - {id: more, uses: x}\n`;
    const result = loadDefinition({ file: 'w.yaml', content: text });
    expect(result.ok ? [] : result.problems.map((each) => `${each.line} ${each.code}`)).toEqual([
      '2005 definition.too-many-tasks',
    ]);
  });
});

// The head of a run names all signals that it waits for, so that no event misses it.
describe('a definition that waits for a hundred signals', () => {
  const waits = (count: number) =>
    `workflow:\n  id: w\n  version: 1\n  tasks:\n${Array.from({ length: count }, (_, index) => `    - {id: t${index}, type: WAIT, signal: s${index}}\n`).join('')}`;
  const codes = (text: string) => {
    const result = loadDefinition({ file: 'w.yaml', content: text });
    return result.ok ? [] : result.problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
  };

  test('is fine, however many tasks wait for the same one', () => {
    expect(codes(`${waits(100)}    - {id: again, type: WAIT, signal: s0}\n`)).toEqual([]);
  });

  test('and one more is refused', () => {
    expect(codes(waits(102))).toEqual(['105:38 definition.too-many-signals']);
  });
});

function answers(content: string | Uint8Array): void {
  const result = loadDefinition({ file: 'w.yaml', content });
  const problems = result.ok ? result.warnings : result.problems;
  expect(result.ok || problems.some((each) => each.severity === 'error')).toBe(true);
  expect(formatProblems(problems)).not.toBe('');
  if (typeof content !== 'string') return;
  const written = content.replace(/^\ufeff/, '').split('\n');
  for (const { line, column, length, sourceLine } of problems) {
    const text = (written[line - 1] ?? '').replace(/\r$/, '');
    expect(sourceLine ?? text).toBe(text);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual(text.length + 1);
    expect(length).toBeGreaterThanOrEqual(1);
  }
}
