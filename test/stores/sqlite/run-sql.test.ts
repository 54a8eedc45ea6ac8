// Questions in SQL are answered by a process of their own: whatever is asked, the one of an engine goes on, and what
// takes for ever is killed. Method: ask a file of a hundred runs what holds SQLite up, and look at both processes.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Database from 'libsql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../src/compose/system-clock.ts';
import type { RunSql } from '../../../src/ports/runs/run-sql.ts';
import { openRunIndex } from '../../../src/stores/sqlite/open-run-index.ts';
import { createRunSql } from '../../../src/stores/sqlite/run-sql.ts';
import { indexedLine } from '../../contract/indexed-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'workflow sql #1-'));
const path = join(folder, 'runs.db');
// What is started by this process runs the sources, too.
process.execArgv.push('--import', new URL('../../support/typescript.mjs', import.meta.url).href);
let sql: RunSql;
beforeAll(async () => {
  const index = await openRunIndex(path, expect.unreachable);
  await index.put(Array.from({ length: 101 }, (_, at) => indexedLine(at)));
  index.close();
  sql = createRunSql(path, systemClock);
});
afterAll(() => rmSync(folder, { recursive: true }));

const patience = { timeout: 20_000 };
const limits = { rowsMax: 1_000, msMax: 20_000 };

/** One call of a function that would take for days, over texts that are well within the memory it may have. */
const endless = `WITH RECURSIVE n(s) AS (SELECT 'aaaaaaaa' UNION ALL SELECT s || s FROM n LIMIT 22),
  long(s) AS (SELECT s FROM n ORDER BY length(s) DESC LIMIT 1)
  SELECT instr(s, substr(s, 1, length(s) / 2) || 'b') FROM long`;

/** The processes that answer for this one, or for another. */
function answering(parent: number | undefined = process.pid): readonly number[] {
  const all = execFileSync('ps', ['-ww', '-A', '-o', 'ppid=,pid=,stat=,command='], { encoding: 'utf8' });
  const rows = all.split('\n').map((line) => line.trim().split(/\s+/));

  return rows
    .filter(([ppid, , stat = 'Z', ...command]) => {
      const isIt = Number(ppid) === parent && !stat.startsWith('Z');
      return isIt && command.join(' ').includes('run-sql.ts');
    })
    .map(([, pid]) => Number(pid));
}

function isAlive(pid: number): boolean {
  const stat = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();

  return stat !== '' && !stat.startsWith('Z');
}

test('a question is answered, without the semicolons behind it', async () => {
  const text = 'SELECT definition, count(*) AS runs FROM runs GROUP BY definition ORDER BY definition; ';

  expect(await sql.query(text, limits)).toEqual({
    columns: ['definition', 'runs'],
    rows: [
      ['of-0', 34],
      ['of-1', 34],
      ['of-2', 33],
    ],
    isCut: false,
  });
});

test('one call of a function that nothing interrupts is over in time, and nothing holds up who asked', async () => {
  const delay = monitorEventLoopDelay();
  delay.enable();
  const asked = sql.query(endless, { ...limits, msMax: 6_000 });
  await expect.poll(() => answering(), patience).toHaveLength(1);
  await expect(asked).rejects.toMatchObject({ code: 'query.too-long' });
  delay.disable();

  expect(delay.max / 1e6).toBeLessThan(1_000);
  await expect.poll(() => answering(), patience).toEqual([]);
});

test('two that take for ever are killed, and whoever waited behind them is answered', async () => {
  const held = [endless, endless].map((text) => sql.query(text, { ...limits, msMax: 4_000 }));
  const behind = sql.query('SELECT count(*) FROM runs', limits);

  await Promise.all(held.map((each) => expect(each).rejects.toMatchObject({ code: 'query.too-long' })));
  expect((await behind).rows).toEqual([[101]]);
});

test('what gathers too much is refused, and this process has its memory for itself', async () => {
  const text =
    "WITH RECURSIVE n(s) AS (SELECT 'aaaaaaaa' UNION ALL SELECT s || s FROM n LIMIT 28) SELECT max(length(s)) FROM n";
  await expect(sql.query(text, limits)).rejects.toMatchObject({ code: 'query.invalid' });
  const other = new Database(path);

  expect(other.prepare('PRAGMA hard_heap_limit').get()).toMatchObject({ hard_heap_limit: 0 });
  other.close();
});

test('an answer that is too long to be read at once is refused', async () => {
  const text = "WITH RECURSIVE n(s) AS (SELECT 'a' UNION ALL SELECT s || s FROM n LIMIT 25) SELECT s FROM n";

  await expect(sql.query(text, limits)).rejects.toMatchObject({ code: 'query.too-large' });
});

const askingText = `
const { path, sql, program } = JSON.parse(process.env.ASKED);
const { createRunSql } = await import(program);
const timer = { after: (ms, act) => setTimeout(act, ms) };
await createRunSql(path, timer).query(sql, { rowsMax: 1, msMax: 600_000 });
`;

test('whoever asked and was killed leaves nobody behind who works on the answer', async () => {
  const program = new URL('../../../src/stores/sqlite/run-sql.ts', import.meta.url).href;
  const asker = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', askingText], {
    env: { ...process.env, ASKED: JSON.stringify({ path, sql: endless, program }) },
    stdio: 'ignore',
  });
  await expect.poll(() => answering(asker.pid), patience).toHaveLength(1);
  const [answerer = 0] = answering(asker.pid);
  asker.kill('SIGKILL');

  await expect.poll(() => isAlive(answerer), patience).toBe(false);
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

test('many questions at once are answered, each in its turn', async () => {
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, at) =>
      at % 3 === 0
        ? sql.query('SELECT nothing FROM runs', limits).catch(({ code }) => code)
        : sql.query(`SELECT ${at}`, limits).then(({ rows }) => rows[0]?.[0]),
    ),
  );

  expect(answers).toEqual(Array.from({ length: 6 }, (_, at) => (at % 3 === 0 ? 'query.invalid' : at)));
});
