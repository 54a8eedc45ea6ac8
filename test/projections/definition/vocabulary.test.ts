// What editors are told about expressions. Method: every word is held against the language itself: its tables say which
// functions there are, and each example is carried out.
import { expect, test } from 'vitest';
import { functions } from '../../../machines/expressions/evaluate/functions.ts';
import { loopWords } from '../../../machines/expressions/evaluate/loops.ts';
import { methods } from '../../../machines/expressions/evaluate/methods.ts';
import { compileProgram } from '../../../machines/expressions/program.ts';
import { Vocabulary } from '../../../src/api/vocabulary.ts';
import { vocabulary } from '../../../src/projections/definition/vocabulary.ts';

test('says something of every function and method that the language has, and of nothing else', () => {
  const told = Vocabulary.parse(vocabulary());
  expect(told.functions.map(({ name }) => name)).toEqual([...functions.keys(), 'has', 'regex']);
  const toldMethods = told.methods.map(({ name }) => name);
  expect(toldMethods).toEqual(expect.arrayContaining([...methods.keys(), ...Object.keys(loopWords)]));
});

test('every example can be carried out, and uses what it is an example of', () => {
  const told = vocabulary();
  for (const { name, signature, example } of [...told.functions, ...told.methods]) {
    const compiled = compileProgram(example, example);
    expect(compiled.ok ? compiled.program.run({}).ok : compiled.message, example).toBe(true);
    expect(example).toContain(`${name}(`);
    expect(signature.startsWith(`${name}(`)).toBe(true);
  }
});

test('a name stands once in each place where it can be read', () => {
  const places = vocabulary().names.map(({ name, where }) => `${where} ${name}`);
  expect(new Set(places).size).toBe(places.length);
  expect(vocabulary().conditionKeys).toEqual(expect.arrayContaining(['when', 'match', 'condition']));
});

/** All functions with an example each and what it comes to, as they stand in docs/expressions.md. */
function page(): string {
  const { functions: called, methods: onValues } = vocabulary();
  const row = ({ signature, doc, example }: (typeof called)[number], of = '') =>
    `| \`${of}${cell(signature)}\` | ${cell(doc)} | \`${cell(example)}\` | \`${cell(resultOf(example))}\` |`;
  const header = ['| | what it gives | for example | gives |', '|---|---|---|---|'];

  return `${[
    '# Functions of expressions',
    '',
    'Written by `npx vitest run test/projections/definition/vocabulary.test.ts -u` from what the engine has; every example is run.',
    'Where expressions stand and what they can read: [language.md](language.md#expressions).',
    '',
    'They have no clock and no chance, so that a replay agrees: read a time from the data, and make ids of what is known, as in',
    '`uuid(workflow.run_id + "/invoice")`.',
    '',
    '## Functions',
    ...header,
    ...called.map((each) => row(each)),
    '',
    '## Called on a value',
    ...header,
    ...onValues.map((each) => row(each, `${each.of.join(', ')}: .`)),
    '',
    '## Times',
    '`timestamp(x)` and `duration(x)` are values of their own inside of an expression, as in CEL: moments can be compared, a duration can be',
    'added to one or taken from it, and two of them are a duration apart. Where the expression ends they become texts: a moment as RFC 3339 in',
    'UTC (`2026-03-08T07:30:00Z`), a duration in seconds (`5400s`), both to the millisecond. Fields are those of UTC unless a zone is named.',
  ].join('\n')}\n`;
}

function resultOf(example: string): string {
  const compiled = compileProgram(example, example);
  const rendered = compiled.ok ? compiled.program.run({}) : undefined;

  return JSON.stringify(rendered?.ok === true ? rendered.value : rendered);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

test('the page in docs/ names every function, and what each example comes to', async () => {
  await expect(page()).toMatchFileSnapshot('../../../docs/expressions.md');
});
