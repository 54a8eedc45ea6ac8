// Patterns run in linear time or not at all (E5). Method: the classic patterns that hang a backtracking engine must
// give the right answer here; the engine behind `regex()` cannot backtrack, so no clock is read.
import { expect, test } from 'vitest';
import { answer, failure, refusal } from '../evaluate.ts';

const backtrackers: readonly (readonly [pattern: string, text: string, found: boolean])[] = [
  ['^(a+)+$', `${'a'.repeat(5000)}!`, false],
  ['^(a+)+$', 'a'.repeat(5000), true],
  ['^(a|aa)+$', `${'a'.repeat(5000)}!`, false],
  ['^(a|a?)+$', `${'a'.repeat(5000)}!`, false],
  ['(x+x+)+y', 'x'.repeat(5000), false],
  ['^(.*a){12}$', `${'a'.repeat(2000)}!`, false],
  [
    '^([a-zA-Z0-9])(([-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3}))$',
    'a'.repeat(3000),
    false,
  ],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(3000), false],
  ['(.*?,){11}P', '1,'.repeat(1000), false],
];

test.each(backtrackers)('answers %s', (pattern, text, found) => {
  expect(answer(`regex(text, ${JSON.stringify(pattern)})`, { text })).toStrictEqual({ value: found });
  expect(answer('regex(text, pattern)', { text, pattern })).toStrictEqual({ value: found });
});

test('finds a pattern anywhere unless it is anchored', () => {
  expect(answer('[regex("abc", "b"), regex("abc", "^b"), regex("ABC", "(?i)b")]')).toStrictEqual({
    value: [true, false, true],
  });
});

test('matches(), as CEL calls it, is the same, and ends as surely', () => {
  expect(answer('"abc".matches("^a.c$")')).toEqual({ value: true });
  expect(answer('["x", "ab"].exists(t, t.matches(p))', { p: '^a' })).toEqual({ value: true });
  expect(refusal('a.matches("(a")')).toContain('the pattern is not valid');
});

test('refuses a literal pattern that is no RE2 pattern before it runs, at its place', () => {
  for (const pattern of ['(a)\\\\1', '(?=a)', '(', 'a{1001}', '(?:a{0,1000}){0,1000}']) {
    expect(answer(`regex(t, "${pattern}")`), pattern).toHaveProperty('problem.offset', 9);
  }
  expect(refusal(`regex(t, "${'a'.repeat(513)}")`)).toBe(
    'the pattern has 513 characters, more than the 512 allowed',
  );
});

test('fails on a pattern from the data that is not valid', () => {
  expect(failure('regex("a", p)', { p: '(' })).toContain('the pattern is not valid');
  expect(failure('regex("a", p)', { p: 1 })).toContain('the pattern of regex() needs a text, not 1');
});

test('keeps answering right when more patterns come than it keeps', () => {
  const patterns = Array.from({ length: 450 }, (_, index) => `^${index}$`);
  expect(
    answer('patterns.filter(p, regex("7", p)) + patterns.filter(p, regex("449", p))', { patterns }),
  ).toStrictEqual({
    value: ['^7$', '^449$'],
  });
});
