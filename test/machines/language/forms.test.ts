// The form of an approval is written as the input of a workflow is, so it is held to the same rules: when the
// definition is loaded, and when somebody fills it in. Method: one-task definitions with every problem they must give,
// and one form with everything that is wrong with an answer.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { checkForm } from '../../../machines/language/check-input.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionText, definitionWith } from '../../support/definition-text.ts';

function problemsOf(text: string): readonly string[] {
  const result = loadDefinition({ file: 'a.yaml', content: text });

  return (result.ok ? [] : result.problems).map(({ line, column, code }) => `${line}:${column} ${code}`);
}

const asking = (form: string): string => definitionText(`- {id: ask, type: HUMAN, form: {${form}}}`);

test('a form that is sound loads', () => {
  expect(problemsOf(asking('required: [a], optional: [{b: 1}], properties: {a: {type: string}}'))).toEqual(
    [],
  );
});

test.each([
  ['a typo', 'propertys: {}', ['5:37 definition.unknown-key']],
  ['a field of no type', 'properties: {a: {type: text}}', ['5:60 definition.bad-value']],
  ['fields as a list', 'properties: [a]', ['5:49 definition.wrong-type']],
  ['a pattern that is none', 'properties: {a: {pattern: "("}}', ['5:63 definition.bad-pattern']],
  [
    'a default that does not fit',
    'properties: {a: {type: integer, default: x}}',
    ['5:78 definition.bad-default'],
  ],
  ['a secret', 'properties: {a: {secret: true}}', ['5:54 definition.bad-combination']],
])('a form with %s is refused with its definition', (_, form, problems) => {
  expect(problemsOf(asking(form))).toEqual(problems);
});

test.each([
  ['a default', '{type: string, default: x}'],
  ['a secret', '{type: string, secret: true}'],
])('an item has no use for %s of its own', (_, items) => {
  const text = definitionWith(`input: {properties: {n: {type: array, items: ${items}}}}`);

  expect(problemsOf(text)).toEqual(['4:63 definition.bad-combination']);
});

const form = {
  required: ['ticket'],
  properties: {
    ticket: { type: 'string', pattern: '^T-' },
    count: { type: 'integer', minimum: 1 },
    tags: { type: 'array', items: { enum: ['a', 'b'] } },
  },
};

test.each<[Json]>([[{ ticket: 'T-1' }], [{ ticket: 'T-1', count: 1, tags: ['a', 'b'] }]])(
  'takes %j',
  (data) => {
    expect(checkForm(form, data)).toEqual({ ok: true, data });
  },
);

const problemsWith = (given: Json, data: Json) => {
  const checked = checkForm(given, data);

  return checked.ok ? [] : checked.problems;
};

test('fills the defaults of the form in', () => {
  expect(checkForm({ optional: [{ count: 3 }, { note: 'none' }] }, { note: 'mine' })).toEqual({
    ok: true,
    data: { count: 3, note: 'mine' },
  });
});

test('says everything that is wrong at once', () => {
  expect(problemsWith(form, { ticket: 'X', count: 0.5, tags: ['a', 'c'], more: 1 })).toEqual([
    'no field "more"; there are ticket, count, tags',
    'ticket: the text does not match the pattern ^T-',
    'count: expected an integer, found the number 0.5',
    'tags[1]: expected one of "a", "b", found the text "c"',
  ]);
  expect(problemsWith(form, {})).toEqual(['ticket: required and not given (text)']);
  expect(problemsWith({ properties: {} }, { a: 1 })).toEqual(['no field "a"; the task has no form']);
});

test('what is missing is told with the values it may have', () => {
  const choice = {
    required: ['window'],
    properties: { window: { enum: ['night', 1], description: 'when' } },
  };
  expect(problemsWith(choice, {})).toEqual(['window: required and not given (one of "night", 1): when']);
});

test.each<[Json]>([['T-1'], [['T-1']], [null], [1]])('refuses %j, which has no names', (data) => {
  expect(problemsWith(form, data)).toEqual(['its values are no map of names']);
});

test('refuses everything while the form itself makes no sense', () => {
  expect(problemsWith({ fields: ['ticket'] }, { ticket: 'T-1' })).toHaveLength(1);
});
