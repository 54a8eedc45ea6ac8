// Texts that are no YAML we accept. Each must be refused with one exact code and place, in bounded work, and none may
// reach a prototype. Method: a table of texts, each with the problems it must give, as `line:column code`.
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';

const head = 'workflow:\n  id: w\n  version: 1\n';

const table: readonly (readonly [title: string, text: string, problems: readonly string[]])[] = [
  ['an empty file', '', ['1:1 yaml.empty']],
  ['a file of comments', '# nothing\n', ['1:1 yaml.empty']],
  ['a scalar', 'hello\n', ['1:1 definition.not-a-mapping']],
  ['a list', '- a\n', ['1:1 definition.not-a-mapping']],
  ['no workflow key', 'name: x\n', ['1:1 definition.missing-workflow', '1:1 definition.unknown-key']],
  ['a misspelled workflow key', 'workflw:\n  id: a\n', ['1:1 definition.unknown-key']],
  ['a workflow that is text', 'workflow: station\n', ['1:11 definition.wrong-type']],
  ['a workflow that is nothing', 'workflow:\n', ['1:1 definition.wrong-type']],
  ['a NUL character', 'a: 1\0', ['1:5 yaml.nul']],
  ['a carriage return alone', 'a: 1\rb: 2', ['1:5 yaml.line-ending']],
  ['a tab that indents', 'workflow:\n\tid: a\n', ['2:1 yaml.syntax']],
  ['a quote that never closes', `${head}  name: "abc\n`, ['4:9 yaml.syntax']],
  ['a quote that swallows the next key', 'workflow:\n  id: "a\n  version: 1\n', ['2:7 yaml.syntax']],
  ['a colon in plain text', `${head}  name: a: b\n`, ['4:10 yaml.syntax']],
  ['a list that never closes', `${head}  tasks: [a, b\n`, ['4:15 yaml.syntax']],
  ['two documents', `${head}---\nx: 1\n`, ['4:1 yaml.several-documents']],
  ['a duplicate key', `${head}  id: z\n  tasks: [{id: a, uses: n}]\n`, ['4:3 definition.duplicate-key']],
  ['__proto__ as a key', `${head}  __proto__: {polluted: 1}\n`, ['4:3 yaml.forbidden-key']],
  [
    'a way to the prototype',
    `${head}  labels: {constructor: {prototype: {polluted: 1}}}\n`,
    ['4:12 yaml.forbidden-key', '4:26 yaml.forbidden-key'],
  ],
  ['a merge key', `${head}  <<: {name: x}\n`, ['4:3 yaml.merge-key']],
  ['a list as a key', '? [a]\n: 1\n', ['1:3 yaml.complex-key']],
  ['a key without text', `${head}  : x\n`, ['4:5 yaml.empty-key']],
  ['a key of 2 KB', `${'k'.repeat(2048)}: 1\n`, ['1:1 yaml.long-key']],
  ['a JavaScript tag', `${head}  name: !!js/function "x"\n`, ['4:9 yaml.tag']],
  ['a tag of its own', `${head}  name: !foo x\n`, ['4:9 yaml.tag']],
  ['binary', 'workflow: !!binary aGk=\n', ['1:11 yaml.tag']],
  ['a tag directive', '%TAG ! tag:x,2000:\n---\nworkflow: 1\n', ['1:1 yaml.tag']],
  ['a 20-digit integer', `${head}  labels: {a: 12345678901234567890}\n`, ['4:15 yaml.unsafe-integer']],
  ['infinity', `${head}  variables: {a: -.inf}\n`, ['4:18 yaml.not-finite']],
  ['a number too large to be finite', `${head}  variables: {a: 1e999}\n`, ['4:18 yaml.not-finite']],
  ['half a character', `${head}  name: "\\ud800"\n`, ['4:9 yaml.bad-character']],
  ['an anchor that holds itself', 'workflow: &a\n  x: *a\n', ['2:6 yaml.cyclic-alias']],
  ['an alias without an anchor', 'workflow: *a\n', ['1:11 yaml.unknown-alias']],
  ['nesting of 65', `a: ${'['.repeat(65)}${']'.repeat(65)}`, ['1:67 yaml.too-deep']],
  ['20,001 values', `a: [${'1,'.repeat(20_000)}]`, ['1:39999 yaml.too-many-nodes']],
  ['more than 1 MiB', `# ${'x'.repeat(1024 * 1024)}`, ['1:1 yaml.too-large']],
];

describe('a text that is no YAML we accept', () => {
  test.each(table)('%s', (_, content, expected) => {
    const problems = problemsOf(content);
    expect(problems.map((each) => `${each.line}:${each.column} ${each.code}`).sort()).toEqual(expected);
  });
});

describe('bytes', () => {
  const loaded = (content: Uint8Array) => problemsOf(content).map((each) => `${each.code} ${each.message}`);

  test('that are not UTF-8 are refused, not replaced', () => {
    expect(loaded(Uint8Array.of(0x61, 0x3a, 0x20, 0xff))).toEqual([
      'yaml.encoding the file is not valid UTF-8; save it as UTF-8',
    ]);
  });

  test('in UTF-16 are named as such', () => {
    expect(loaded(Uint8Array.of(0xff, 0xfe, 0x61, 0x00))).toEqual([
      'yaml.encoding the file is UTF-16; save it as UTF-8',
    ]);
  });

  test('may begin with a byte order mark, which does not move the columns', () => {
    const text = '\ufeffworkflow:\n  idd: a\n';
    expect(problemsOf(new TextEncoder().encode(text))).toEqual(problemsOf(text));
    expect(problemsOf(text)[0]).toMatchObject({ line: 1, column: 1, code: 'definition.missing-key' });
  });
});

describe('aliases', () => {
  const levels = (count: number, width: number) =>
    Array.from({ length: count }, (_, level) => {
      const items = Array(width).fill(level === 0 ? '1' : `*l${level - 1}`);
      return `l${level}: &l${level} [${items.join(', ')}]`;
    }).join('\n');

  test('of a bomb of ten levels are refused once, with the work of a small file', () => {
    const problems = problemsOf(levels(10, 9));
    expect(problems.map((each) => each.code)).toEqual(['yaml.alias-limit']);
  });

  test.each([
    ['a hundred and one', `a: &a 1\nb: [${'*a, '.repeat(101)}]`, ['2:405 yaml.alias-limit']],
    [
      'few of a long list',
      `a: &a [${'1, '.repeat(500)}]\nb: [${'*a, '.repeat(20)}]`,
      ['2:81 yaml.alias-limit'],
    ],
  ])('in too large a number are refused: %s', (_, text, expected) => {
    expect(problemsOf(text).map((each) => `${each.line}:${each.column} ${each.code}`)).toEqual(expected);
  });

  test('cannot nest values deeper than the file may', () => {
    const deep = `${'['.repeat(40)}1${']'.repeat(40)}`;
    const text = `a: &a ${deep}\nb: ${'['.repeat(40)}*a${']'.repeat(40)}`;
    expect(problemsOf(text).map((each) => each.code)).toEqual(['yaml.too-deep']);
  });

  test('in reasonable numbers are what they stand for', () => {
    const text = `${head}  tasks:\n    - {id: a, uses: n, retry_policy: &often {max_attempts: 3}}\n    - {id: b, uses: n, retry_policy: *often}\n`;
    const result = loadDefinition({ file: 'w.yaml', content: text });
    expect(result.ok && result.loaded.definition.tasks.map((task) => task.retry.maxAttempts)).toEqual([3, 3]);
  });
});

test('a duplicate key names both lines and does not hide other problems', () => {
  const problems = problemsOf(`${head}  name: a\n  name: b\n  tasks:\n    - id: a\n      tiemout: 3s\n`);
  expect(problems.map((each) => each.message)).toEqual([
    'the key "name" is given twice, on line 4 and on line 5',
    'unknown key "tiemout"; did you mean "timeout"?',
  ]);
});

test('nothing in a file reaches the prototype of all objects', () => {
  for (const [, text] of table) loadDefinition({ file: 'w.yaml', content: text });
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

function problemsOf(content: string | Uint8Array) {
  const result = loadDefinition({ file: 'w.yaml', content });
  if (result.ok) throw new Error('the text was accepted');

  return result.problems;
}
