// Questions in SQL about an index in a file: what is answered, and that nothing is written or takes all memory. Method:
// ask a file of a hundred runs what people and attackers ask, in this process.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SqlTable } from '../../../src/ports/runs/run-sql.ts';
import { detailColumns } from '../../../src/projections/run/run-tables.ts';
import { openRunIndex } from '../../../src/stores/sqlite/open-run-index.ts';
import { answerSql } from '../../../src/stores/sqlite/run-sql.ts';
import { indexedLine } from '../../contract/indexed-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'workflow sql #1-'));
const path = join(folder, 'runs.db');
beforeAll(async () => {
  const index = await openRunIndex(path, expect.unreachable);
  await index.put(Array.from({ length: 101 }, (_, at) => indexedLine(at)));
  index.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const ask = (sql: string, rowsMax = 1_000, handed: readonly SqlTable[] = []) =>
  answerSql({ path, sql, rowsMax, tables: handed });

test('rows come in their order, with their columns', async () => {
  expect(
    await ask(
      'SELECT definition, count(*) AS runs, count(*) AS runs FROM runs GROUP BY definition ORDER BY definition DESC',
    ),
  ).toEqual({
    columns: ['definition', 'runs', 'runs'],
    rows: [
      ['of-2', 33, 33],
      ['of-1', 34, 34],
      ['of-0', 34, 34],
    ],
    isCut: false,
  });
});

test('no more rows come than are wanted, and it is said that there are more', async () => {
  const { rows, isCut } = await ask('SELECT run FROM runs -- all of them', 7);

  expect([rows.length, isCut]).toEqual([7, true]);
});

test.each([
  "WITH a AS (SELECT 1) INSERT INTO run_index (run) SELECT 'x' FROM a",
  'SELECT 1; DELETE FROM run_index',
  'SELECT 1) SELECT * FROM (SELECT 2',
  "SELECT load_extension('x')",
  `SELECT writefile('${path}.written', 'y')`,
  `SELECT "writefile"/**/('${path}.written', run) FROM runs`,
  "SELECT count(*) FROM runs WHERE length(readfile('/etc/hostname')) > 0",
  "SELECT max(run) FILTER (WHERE readfile('/etc/hostname') > '') OVER () FROM runs",
  "SELECT name FROM fsdir('/etc')",
  "SELECT name FROM fsdir WHERE path = '/etc'",
  'SELECT * FROM pragma_database_list',
  "SELECT sqlite3mc_config('cipher')",
  'SELECT nothing FROM runs',
  "SELECT instr(printf('%.*c', 100000000, 'a'), printf('%.*c', 50000000, 'a') || 'b')",
  "SELECT length(replace(hex('a'), '6', 'aa'))",
  "WITH RECURSIVE n(s) AS (SELECT 'aaaaaaaa' UNION ALL SELECT s || s FROM n LIMIT 28) SELECT max(length(s)) FROM n",
])('%s is no question that is answered', async (text) => {
  const before = readFileSync(path);
  await expect(ask(text)).rejects.toMatchObject({ code: 'query.invalid' });

  expect(readFileSync(path).equals(before)).toBe(true);
  expect(readdirSync(folder).filter((file) => file.endsWith('.written'))).toEqual([]);
});

const page = readFileSync(new URL('../../../docs/query.md', import.meta.url), 'utf8');
const questions = [...page.matchAll(/^workflow query "([^"]+)"/gm)].map(([, text = '']) => text);
const tables = Object.entries(detailColumns).map(([name, columns]) => ({
  name,
  columns,
  rows: [columns.map(() => 1), columns.map(() => null)],
}));

test('the page has questions', () => {
  expect(questions.length).toBeGreaterThan(8);
});

test.each(questions)('a question of the page is answered: %s', async (text) => {
  const { columns, rows } = await ask(text, 1_000, tables);

  expect(columns.length).toBeGreaterThan(0);
  expect(rows.every((row) => row.length === columns.length)).toBe(true);
});

test.each(['runs', 'tasks', 'attempts', 'events'])(
  'every column of %s on the page is one of the table, and the other way round',
  async (name) => {
    const [, table = ''] = page.split(`| column of \`${name}\` | |\n`);
    const rows = table.split('\n\n')[0]?.matchAll(/^\| (`[^|]+`) \|/gm) ?? [];
    const told = [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, each]) => each));
    const { columns } = await ask(`SELECT * FROM ${name}`, 1, tables);

    expect(told.toSorted()).toEqual(columns.toSorted());
  },
);

test('tables that are handed over with a question are found beside those of the file, and stay out of it', async () => {
  const before = readFileSync(path);
  const handed = [
    { name: 'events', columns: ['run', 'n'], rows: Array.from({ length: 2_500 }, (_, n) => ['run', n]) },
  ];

  expect((await ask('SELECT count(*), sum(n), max(typeof(n)) FROM events', 5, handed)).rows).toEqual([
    [2_500, 3_123_750, 'integer'],
  ]);
  await expect(ask('SELECT * FROM events')).rejects.toMatchObject({ code: 'query.invalid' });
  await expect(ask('DELETE FROM events WHERE n = 1', 5, handed)).rejects.toMatchObject({
    code: 'query.invalid',
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});
