// Questions in SQL about an index in a file: what is answered, and that nothing is written, runs for ever or takes all
// memory. Method: ask a file of a hundred runs what people and attackers ask.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../src/compose/system-clock.ts';
import type { RunSql } from '../../../src/ports/runs/run-sql.ts';
import { openRunIndex } from '../../../src/stores/sqlite/open-run-index.ts';
import { createRunSql } from '../../../src/stores/sqlite/run-sql.ts';
import { indexedLine } from '../../contract/run-index-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'workflow sql #1-'));
const path = join(folder, 'runs.db');
let sql: RunSql;
beforeAll(async () => {
  const index = await openRunIndex(path, expect.unreachable);
  await index.put(Array.from({ length: 101 }, (_, at) => indexedLine(at)));
  index.close();
  sql = createRunSql(path, systemClock);
});
afterAll(() => rmSync(folder, { recursive: true }));

const limits = { rowsMax: 1_000, msMax: 5_000 };

test('rows come in their order, with their columns', async () => {
  expect(
    await sql.query(
      'SELECT definition, count(*) AS runs, count(*) AS runs FROM runs GROUP BY definition ORDER BY definition DESC; ',
      limits,
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
  const { rows, isCut } = await sql.query('SELECT run FROM runs -- all of them', { ...limits, rowsMax: 7 });

  expect([rows.length, isCut]).toEqual([7, true]);
});

test.each([
  'DELETE FROM run_index',
  'PRAGMA query_only = 0',
  "ATTACH '/tmp/other.db' AS other",
  '/* SELECT */ DROP VIEW runs',
  'VACUUM',
])('%s is refused before it is asked', async (text) => {
  await expect(sql.query(text, limits)).rejects.toMatchObject({ code: 'query.read-only' });
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
  await expect(sql.query(text, limits)).rejects.toMatchObject({ code: 'query.invalid' });

  expect(readFileSync(path).equals(before)).toBe(true);
  expect(readdirSync(folder).filter((file) => file.endsWith('.written'))).toEqual([]);
});

test.each([
  ['comments', '/**/'.repeat(5_000)],
  ['stars', `/*${'*'.repeat(20_000)}`],
  ['semicolons', `${';'.repeat(20_000)}x`],
  ['semicolons and blanks', `${'; '.repeat(10_000)}x`],
])('thousands of %s are refused at once', async (_, text) => {
  await expect(sql.query(text, limits)).rejects.toMatchObject({ code: 'query.read-only' });
});

test('comments before a question and semicolons behind it are no part of it', async () => {
  const text = `${'/** a */ -- b\n'.repeat(2_000)}SELECT 1${' ;'.repeat(10_000)}`;

  expect((await sql.query(text, limits)).rows).toEqual([[1]]);
});

test('what would take for ever is given up in time, and the next is answered', async () => {
  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';

  await expect(sql.query(endless, { ...limits, msMax: 50 })).rejects.toMatchObject({
    code: 'query.too-long',
  });
  expect((await sql.query('SELECT count(*) FROM runs', limits)).rows).toEqual([[101]]);
});

test('many questions at once are answered, each in its turn', async () => {
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      at % 3 === 0
        ? sql.query('SELECT nothing FROM runs', limits).catch(({ code }) => code)
        : sql.query(`SELECT ${at}`, limits).then(({ rows }) => rows[0]?.[0]),
    ),
  );

  expect(answers).toEqual(Array.from({ length: 12 }, (_, at) => (at % 3 === 0 ? 'query.invalid' : at)));
});

const page = readFileSync(new URL('../../../docs/query.md', import.meta.url), 'utf8');
const questions = [...page.matchAll(/^workflow query "([^"]+)"/gm)].map(([, text = '']) => text);

test('the page has questions', () => {
  expect(questions.length).toBeGreaterThan(4);
});

test.each(questions)('a question of the page is answered: %s', async (text) => {
  const { columns, rows } = await sql.query(text, limits);

  expect(columns.length).toBeGreaterThan(0);
  expect(rows.every((row) => row.length === columns.length)).toBe(true);
});

test('every column of the page is one of the view, and the other way round', async () => {
  const told = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  const { columns } = await sql.query('SELECT * FROM runs', limits);

  expect(told.toSorted()).toEqual(columns.toSorted());
});
