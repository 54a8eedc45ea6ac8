// The input of a run is refused before anything is appended. Method: one table of properties, and for each way to get
// an input wrong the whole answer.
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import type { InputProperty } from '../../../machines/definition.ts';
import { checkInput, parseInputText } from '../../../machines/language/check-input.ts';

const property = (rest: Partial<InputProperty> = {}): InputProperty => ({
  required: false,
  secret: false,
  ...rest,
});

const input = {
  folder: property({ required: true, type: 'string', description: 'what to scan' }),
  any: property(),
  strict: property({ type: 'boolean', default: false }),
  count: property({ type: 'integer', minimum: 1, maximum: 10 }),
  ratio: property({ type: 'number' }),
  level: property({ enum: ['L0', 'L1', { a: 1 }] }),
  name: property({ type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 4 }),
  files: property({ type: 'array', items: { type: 'string', maxLength: 3 } }),
  extra: property({ type: 'object' }),
  key: property({ type: 'string', secret: true, pattern: '^k' }),
};

describe('the input of a run', () => {
  test('is completed with its defaults', () => {
    expect(checkInput({ input }, { folder: 'in', any: null })).toEqual({
      ok: true,
      input: { folder: 'in', any: null, strict: false },
    });
  });

  test('may be everything that is declared', () => {
    const given = {
      folder: 'a',
      count: 10,
      ratio: 0.5,
      level: { a: 1 },
      name: 'ab',
      files: ['abc'],
      extra: {},
      key: 'k1',
      strict: true,
    };
    expect(checkInput({ input }, given)).toEqual({ ok: true, input: given });
  });

  test.each<[string, Readonly<Record<string, Json>>, string, string]>([
    ['missing', {}, 'input.missing', 'folder: required and not given (text): what to scan'],
    [
      'unknown',
      { folder: 'a', strct: true },
      'input.unknown',
      'strct: no such input; did you mean "strict"?',
    ],
    ['a number for text', { folder: 5 }, 'input.mistyped', 'folder: expected text, found the number 5'],
    [
      'text for a flag',
      { folder: 'a', strict: 'false' },
      'input.mistyped',
      'strict: expected true or false, found the text "false"',
    ],
    ['null for text', { folder: null }, 'input.mistyped', 'folder: expected text, found nothing'],
    [
      'a fraction',
      { folder: 'a', count: 1.5 },
      'input.mistyped',
      'count: expected an integer, found the number 1.5',
    ],
    ['too small', { folder: 'a', count: 0 }, 'input.range', 'count: expected at least 1'],
    ['too large', { folder: 'a', count: 11 }, 'input.range', 'count: expected at most 10'],
    [
      'not listed',
      { folder: 'a', level: 'L2' },
      'input.not-listed',
      'level: expected one of "L0", "L1", {"a":1}, found the text "L2"',
    ],
    [
      'of the wrong form',
      { folder: 'a', name: 'AB' },
      'input.pattern',
      'name: the text does not match the pattern ^[a-z]+$',
    ],
    [
      'too short',
      { folder: 'a', name: 'a' },
      'input.length',
      'name: expected at least 2 characters, found 1',
    ],
    [
      'a list with a wrong item',
      { folder: 'a', files: ['a', 2] },
      'input.mistyped',
      'files[1]: expected text, found the number 2',
    ],
    [
      'a list for a mapping',
      { folder: 'a', extra: [] },
      'input.mistyped',
      'extra: expected a mapping, found a list',
    ],
  ])('is refused when %s', (_, given, code, message) => {
    const result = checkInput({ input }, given);
    expect(result.ok ? [] : result.problems).toEqual([{ code, name: message.split(/[:[]/)[0], message }]);
  });

  test('is refused with everything that is wrong at once', () => {
    const result = checkInput({ input }, { zzz: 1, count: 'x', name: 'TOO LONG' });
    expect(result.ok ? [] : result.problems.map((each) => each.code)).toEqual([
      'input.unknown',
      'input.missing',
      'input.mistyped',
      'input.length',
      'input.pattern',
    ]);
  });

  test('is held to its items at every depth, and each fault says where it is', () => {
    const row = { type: 'array', items: { type: 'integer', minimum: 1, enum: [1, 2, 3] } } as const;
    const table = { rows: property({ type: 'array', items: { ...row, items: { ...row.items } } }) };
    const words = {
      words: property({ items: { type: 'string', pattern: '^a', minLength: 2, maxLength: 3 } }),
    };
    const faults = (
      given: Parameters<typeof checkInput>[0]['input'],
      value: Readonly<Record<string, Json>>,
    ) => {
      const result = checkInput({ input: given }, value);

      return result.ok ? [] : result.problems.map((each) => `${each.code} ${each.message.split(':')[0]}`);
    };

    expect(faults(table, { rows: [[1, 2], [3]] })).toEqual([]);
    expect(faults(table, { rows: [[1, 4], 'x', [null, 0]] })).toEqual([
      'input.not-listed rows[0][1]',
      'input.mistyped rows[1]',
      'input.mistyped rows[2][0]',
      'input.not-listed rows[2][1]',
    ]);
    expect(faults(words, { words: ['ab', 'b', 'abcd'] })).toEqual([
      'input.length words[1]',
      'input.pattern words[1]',
      'input.length words[2]',
    ]);
  });

  test('with thousands of faults says the first of them', () => {
    const many = { n: property({ items: { type: 'string' } }) };
    const result = checkInput({ input: many }, { n: Array.from({ length: 5_000 }, () => 1) });
    expect(result.ok ? [] : result.problems).toHaveLength(20);
  });

  test('never shows what is secret', () => {
    for (const value of ['hush', 12345, ['hush']]) {
      const result = checkInput({ input }, { folder: 'a', key: value });
      expect(JSON.stringify(result)).toContain('"ok":false');
      expect(JSON.stringify(result)).not.toMatch(/hush|12345/);
    }
  });

  test('that is required has no use for a default', () => {
    const result = checkInput({ input: { a: property({ required: true, default: 1 }) } }, {});
    expect(result.ok ? [] : result.problems.map((each) => each.code)).toEqual(['input.missing']);
  });

  test('cannot reach a prototype', () => {
    const given = JSON.parse('{"folder": "a", "__proto__": {"polluted": 1}}') as Record<string, Json>;
    const result = checkInput({ input }, given);
    expect(result.ok ? [] : result.problems.map((each) => each.name)).toEqual(['__proto__']);
    expect(checkInput({ input: {} }, { constructor: 1 }).ok).toBe(false);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('is matched in linear time by a pattern that would hang a backtracking matcher', () => {
    const slow = { a: property({ type: 'string', pattern: '^(a+)+$' }) };
    expect(checkInput({ input: slow }, { a: `${'a'.repeat(5000)}!` }).ok).toBe(false);
  });
});

describe('the text of a flag', () => {
  test.each<[Partial<InputProperty>, string, Json]>([
    [{ type: 'boolean' }, 'false', false],
    [{ type: 'integer' }, '12', 12],
    [{ type: 'number' }, '-1.5e3', -1500],
    [{ type: 'string' }, '12', '12'],
    [{ type: 'array' }, '["a", 1]', ['a', 1]],
    [{ type: 'object' }, '{"a": 1}', { a: 1 }],
    [{}, 'false', 'false'],
    [{ default: true }, 'false', false],
    [{ default: 1 }, '2', 2],
    [{ default: [] }, '[2]', [2]],
    [{ default: {} }, '{}', {}],
    [{ default: 'x' }, '2', '2'],
    [{ default: null }, '2', '2'],
  ])('for %j, %s is %j', (rest, text, value) => {
    expect(parseInputText(property(rest), text)).toEqual({ ok: true, value });
  });

  test.each<[Partial<InputProperty>, string, string]>([
    [{ type: 'boolean' }, 'yes', 'expected true or false, found "yes"'],
    [{ type: 'integer' }, '1.5', 'expected an integer, found "1.5"'],
    [
      { type: 'integer' },
      '12345678901234567891',
      'it is 12345678901234567891, which a number cannot hold without a change; give it as text, in quotes',
    ],
    [
      { type: 'integer', secret: true },
      '12345678901234567891',
      'it is a number that would lose digits; give it as text',
    ],
    [{ type: 'number' }, '', 'expected a number, found ""'],
    [{ type: 'number' }, '0x10', 'expected a number, found "0x10"'],
    [{ type: 'number' }, 'Infinity', 'expected a number, found "Infinity"'],
    [{ type: 'array' }, 'a,b', 'expected a list in JSON, such as ["a", "b"], found "a,b"'],
    [{ type: 'object' }, '[1]', 'expected a mapping in JSON, such as {"a": 1}, found "[1]"'],
    [{ type: 'integer', secret: true }, 'hush', 'expected an integer'],
  ])('for %j, %s is refused', (rest, text, reason) => {
    expect(parseInputText(property(rest), text)).toEqual({ ok: false, reason });
  });
});
