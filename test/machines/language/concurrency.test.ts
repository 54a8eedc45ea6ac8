// How a definition says how many of its runs there may be at a time. Method: load texts, compare what they mean, or
// each problem as `line:column code`.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionWith } from '../../support/definition-text.ts';

const load = (concurrency: string) =>
  loadDefinition({ file: 'limited.yaml', content: definitionWith(`concurrency: ${concurrency}`) });

test('either spelling of the limit, and of what becomes of one too many, means the same', () => {
  const [first, second] = ['{max: 2, when_full: cancel_oldest}', '{limit: 2, on_limit: cancel_oldest}'].map(
    (text) => {
      const result = load(text);
      return result.ok ? result.loaded.definition.concurrency : undefined;
    },
  );

  expect(first).toEqual({ limit: 2, onLimit: 'cancel_oldest' });
  expect(second).toEqual(first);
});

test.each([
  ['two spellings of the limit', '{max: 1, limit: 2}', '4:25 definition.two-spellings'],
  ['none of them', '{when_full: cancel_oldest}', '4:3 definition.missing-key'],
  [
    'two spellings of what then',
    '{max: 1, when_full: queue, on_limit: refuse}',
    '4:43 definition.two-spellings',
  ],
  ['what nobody does', '{max: 1, when_full: cancel}', '4:36 definition.bad-value'],
])('%s: refused where it stands', (_what, text, place) => {
  const result = load(text);
  const problems = result.ok ? [] : result.problems.filter(({ severity }) => severity === 'error');

  expect(problems.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual([place]);
});
