// A form has to hold what the engine will take: each rule beside its near miss.
import { expect, test } from 'vitest';
import type { FormField } from '../../../../src/api/people.ts';
import {
  defaultValues,
  fieldErrors,
  requiredFirst,
  typedValue,
} from '../../../../src/web/parts/json/schema-values.ts';

const field = (rules: Partial<FormField>): FormField => ({ name: 'it', required: false, ...rules });

test.each<[string, Partial<FormField>, string, unknown]>([
  ['a whole number', { type: 'integer' }, '7', 7],
  ['a text that looks like a number', { type: 'string' }, '7', '7'],
  ['a list', { type: 'array' }, '["a"]', ['a']],
  ['what has no type and is JSON', {}, '{"a":1}', { a: 1 }],
  ['what has no type and is no JSON', {}, 'plain', 'plain'],
  ['what does not fit, as it was typed', { type: 'integer' }, '7.5', '7.5'],
  ['nothing, where nothing was typed', { type: 'number' }, '', undefined],
  ['an empty text that is needed', { type: 'string', required: true }, '', ''],
])('%s is taken for what it is', (_what, rules, text, value) => {
  expect(typedValue(field(rules), text)).toEqual(value);
});

test.each<[string, Partial<FormField>, unknown, string | undefined]>([
  ['what is needed and missing', { required: true }, undefined, 'is needed'],
  ['what is not needed and missing', {}, undefined, undefined],
  ['the empty text for what is needed', { type: 'string', required: true }, '', 'is needed'],
  ['another type', { type: 'integer' }, '7.5', 'has to be a whole number'],
  ['too little', { type: 'number', minimum: 2 }, 1, 'has to be 2 at least'],
  ['just enough', { type: 'number', minimum: 2 }, 2, undefined],
  ['too much', { type: 'number', maximum: 2 }, 3, 'has to be 2 at most'],
  ['too long', { type: 'string', maxLength: 2 }, 'abc', 'has to have 2 characters at most'],
  ['no choice', { enum: ['a', 1] }, 'b', 'has to be one of a, 1'],
  ['a choice that is a number', { enum: ['a', 1] }, 1, undefined],
])('%s: told', (_what, rules, value, wrong) => {
  const values = value === undefined ? {} : { it: value as never };
  expect(fieldErrors([field(rules)], values)).toEqual(wrong === undefined ? {} : { it: wrong });
});

test('defaults fill the form, also those that are false or null', () => {
  const fields = [
    field({ name: 'a', default: false }),
    field({ name: 'b', default: null }),
    field({ name: 'c' }),
  ];
  expect(defaultValues(fields)).toEqual({ a: false, b: null });
});

test('what is needed stands first, otherwise the order is that of the definition', () => {
  const fields = [field({ name: 'a' }), field({ name: 'b', required: true }), field({ name: 'c' })];
  expect(requiredFirst(fields).map(({ name }) => name)).toEqual(['b', 'a', 'c']);
});
