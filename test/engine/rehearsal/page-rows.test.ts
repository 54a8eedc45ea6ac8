// What the tables of docs/language.md and docs/approvals.md say holds row by row. Method: the rows are read from the
// pages; page-rows.txt has for each a definition and cases (`*`), which are played on the real engine as
// `workflow test` does. A row without a case fails. What shows only in several runs, in files or with real agents
// (concurrency, triggers, output_to, priority, agent_level, circuit_breaker) is seen to load and run here, and is
// tested elsewhere.
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionOf, rowsIn } from '../../machines/language/world/test-world.ts';
import { pageText, tableUnder } from '../../support/page-definitions.ts';
import { numbered, problemsOf } from './page-cases.ts';

const language = pageText('docs/language.md');
const types = tableUnder('docs/language.md', '## Types');
const keysOf = (type: string): string => types.find(([first = '']) => first.startsWith(type))?.[1] ?? '';
const failures = language.split('## When a task fails\n')[1]?.split('\n### ')[0] ?? '';

/** The names of a text that stand in backquotes. */
function quoted(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].flatMap(([, name = '']) => name);
}

/** `key: A/B` is two rows. */
function valuesOf(text: string): readonly string[] {
  return quoted(text).flatMap((each) => {
    const [key = '', values] = each.split(': ');
    return values === undefined ? [] : values.split('/').map((value) => `${key}: ${value}`);
  });
}

/** The rows of a table by the first name in each. */
function rowsUnder(heading: string): readonly string[] {
  return tableUnder('docs/language.md', heading).map(([first = '']) => quoted(first)[0] ?? first);
}

const tables: Readonly<Record<string, readonly string[]>> = {
  Workflow: rowsUnder('## Workflow'),
  'Every task': rowsUnder('## Every task'),
  Expressions: rowsUnder('## Expressions'),
  Types: types.flatMap(([first = '']) => first.match(/[A-Z_]+/g) ?? []),
  join: quoted(tableUnder('docs/language.md', '## Every task').find(([key]) => key === '`join`')?.[1] ?? ''),
  'When a task fails': [...failures.matchAll(/^\d\. (?:`([^`]+)`|(\w+))/gm)].map(
    ([, key, word]) => key ?? word ?? '',
  ),
  TERMINATE: valuesOf(keysOf('TERMINATE')),
  WAIT: quoted(keysOf('WAIT')),
  'When nobody answers': tableUnder('docs/approvals.md', '## When nobody answers').flatMap(([first = '']) =>
    quoted(first),
  ),
};
const cases = new Map(
  rowsIn('../../../engine/rehearsal/page-rows.txt').map(
    ([table, rows]) => [table, new Map(rows.map((row) => [row.title, row]))] as const,
  ),
);

describe.each(Object.entries(tables))('%s', (table, rows) => {
  test.each(rows)('%s', async (row) => {
    const found = cases.get(table)?.get(row);

    expect(found?.cases.length, `page-rows.txt has no case for the row ${row} of ${table}`).toBeGreaterThan(
      0,
    );
    expect(await problemsOf(found?.text ?? '', numbered(found?.cases ?? []))).toEqual([]);
  });

  test('no case is left without its row', () => {
    expect([...(cases.get(table)?.keys() ?? [])].filter((row) => !rows.includes(row))).toEqual([]);
  });
});

test('the ids that the page keeps from tasks are refused, each', () => {
  const [, kept = ''] = (tableUnder('docs/language.md', '## Every task')[0]?.[1] ?? '').split(
    'Not to be had',
  );
  const ids = quoted(kept.replaceAll(/`(com|lpt)0` to `\1(\d)`/g, '`$10`, `$1$2`'));
  const codes = ids.map((id) => {
    const result = loadDefinition({
      file: 'kept.yaml',
      content: definitionOf([`{id: "${id}", type: NOOP}`]),
    });
    return result.ok ? `${id} is taken` : result.problems[0]?.code;
  });

  expect(ids.length).toBeGreaterThan(20);
  expect(new Set(codes)).toEqual(new Set(['definition.reserved-id']));
});
