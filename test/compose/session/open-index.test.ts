// The index of a project while its file breaks under it. Method: a journal in memory, and a file whose pages are
// overwritten between one question and the next.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { expect, onTestFinished, test } from 'vitest';
import { openRuns } from '../../../src/compose/session/open-index.ts';
import { createBoard } from '../../../src/engine/board/board.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { linesOf } from '../../support/indexed.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createRecordWriter } from '../../support/records.ts';

// The process that answers in SQL runs the sources, too.
process.execArgv.push('--import', new URL('../../support/typescript.mjs', import.meta.url).href);
const limits = { rowsMax: 10, msMax: 20_000 };
const wanted = { order: 'changed', limit: 10 } as const;

async function openProject() {
  const dir = mkdtempSync(join(tmpdir(), 'workflow-index-'));
  const journal = createMemoryJournal();
  for (const run of ['run-a', 'run-b']) await journal.append(createRecordWriter(run).next(0));
  const said: string[] = [];
  const stream = {
    journal,
    generations: journal.generations,
    journalStream: 'JOURNAL',
    journalCreated: async () => 'once',
    url: 'nats://here',
  };
  const opened = openRuns(dir, stream, (message) => said.push(message));
  onTestFinished(async () => {
    await opened.indexed.close();
    rmSync(dir, { recursive: true });
  });
  const folder = join(dir, '.3ox', 'index');
  const files = (): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.db'));

  return {
    ...opened,
    journal,
    said,
    files,
    damage: (): void => {
      const path = join(folder, files()[0] ?? '');
      // What other connections remember of the file does not count any more once somebody has written.
      const other = new Database(path);
      other.exec('UPDATE run_index SET tasks = tasks + 1; PRAGMA wal_checkpoint(TRUNCATE)');
      other.close();
      const content = readFileSync(path);
      writeFileSync(path, content.fill('x', 4_096), { flag: 'r+' });
    },
  };
}

test('a file that turns out to be damaged is made anew once, and after that everything is in memory', async () => {
  const { runs, sql, damage, said } = await openProject();
  expect(await runs.page(wanted)).toHaveLength(2);
  damage();
  await expect.poll(() => runs.page(wanted).catch(() => [])).toHaveLength(2);

  expect((await sql.query('SELECT count(*) FROM runs', limits)).rows).toEqual([[2]]);
  expect(said).toEqual([expect.stringContaining('is made anew: ')]);
  damage();
  await expect.poll(() => runs.page(wanted).catch(() => [])).toHaveLength(2);
  await expect(sql.query('SELECT 1', limits)).rejects.toMatchObject({ code: 'query.unavailable' });
  expect(said.slice(1)).toEqual([expect.stringContaining('is kept in memory')]);
});

test('a board over a file that turns out to be damaged has every run again, though nothing lands', async () => {
  const { indexed, damage } = await openProject();
  const board = createBoard({ ...indexed, clock: createManualClock(), onTrouble: expect.unreachable });
  await board.ready;
  damage();

  await expect.poll(() => linesOf(board).catch(() => [])).toHaveLength(2);
  await board.close();
});

test('the name of the file tells its schema: an engine of another version has a file of its own', async () => {
  const { runs, files } = await openProject();
  await runs.counts();

  expect(files()).toEqual([expect.stringMatching(/\.v\d+\.db$/)]);
});
