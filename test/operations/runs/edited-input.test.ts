import { expect, test } from 'vitest';
import type { Definition } from '../../../machines/definition.ts';
import { editedInput } from '../../../src/operations/runs/checked-input.ts';

const property = { type: 'string', required: false, secret: false } as const;
const definition = {
  input: {
    name: { ...property, required: true },
    note: property,
    key: { ...property, required: true, secret: true },
  },
} as unknown as Pick<Definition, 'input'>;
/** How a secret and a value that is kept elsewhere stand in the input of a run. */
const sealed = { $secret: 'run.key' };
const kept = { $blob: { digest: 'a'.repeat(64), bytes: 9 } };

test('names are replaced, and the rest of the input stays', () => {
  expect(editedInput(definition, { name: 'ana', note: 'old', key: sealed }, { note: 'new' })).toEqual({
    ok: true,
    input: { name: 'ana', note: 'new', key: sealed },
  });
});

test('a value that is kept elsewhere stays without a check, or is replaced', () => {
  const old = { name: 'ana', note: kept, key: sealed };

  expect(editedInput(definition, old, { name: 'bo' })).toEqual({ ok: true, input: { ...old, name: 'bo' } });
  expect(editedInput(definition, old, { note: 'short' })).toEqual({
    ok: true,
    input: { ...old, note: 'short' },
  });
});

test('a secret is not replaced', () => {
  expect(editedInput(definition, { name: 'ana', key: sealed }, { name: 'bo', key: 'mine' })).toEqual({
    ok: false,
    problems: [
      {
        code: 'input.secret-edit',
        name: 'key',
        message: 'key is a secret: it stays as it was given at the start',
      },
    ],
  });
});

test('the input is checked as a whole', () => {
  const edited = editedInput(definition, { name: 'ana', key: sealed }, { nmae: 'bo', note: 3 });

  expect(edited.ok ? [] : edited.problems.map(({ code, name }) => `${code} ${name}`)).toEqual([
    'input.unknown nmae',
    'input.mistyped note',
  ]);
});
