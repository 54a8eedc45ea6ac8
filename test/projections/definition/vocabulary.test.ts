// What editors are told about expressions. Method: every word is held against the language itself: its tables say which
// functions there are, and each example is carried out.
import { expect, test } from 'vitest';
import { functions } from '../../../machines/expressions/evaluate/functions.ts';
import { methods } from '../../../machines/expressions/evaluate/methods.ts';
import { compileProgram } from '../../../machines/expressions/program.ts';
import { Vocabulary } from '../../../src/api/vocabulary.ts';
import { functionWords, methodWords, vocabulary } from '../../../src/projections/definition/vocabulary.ts';

test('says something of every function and method that the language has, and of nothing else', () => {
  const told = Vocabulary.parse(vocabulary());
  const toldFunctions = told.functions.map(({ name }) => name);
  expect(toldFunctions).toEqual([...functions.keys(), 'has', 'regex']);
  expect(new Set(toldFunctions)).toEqual(new Set(Object.keys(functionWords)));
  const toldMethods = told.methods.map(({ name }) => name);
  expect(toldMethods).toEqual(expect.arrayContaining([...methods.keys()]));
  expect(new Set(toldMethods)).toEqual(new Set(Object.keys(methodWords)));
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
