// The index of runs in a file. Method: its contract, and files that others wrote, damaged or have open.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, expect, test } from 'vitest';
import type { RunIndex } from '../../../src/ports/runs/run-index.ts';
import { openRunIndex } from '../../../src/stores/sqlite/open-run-index.ts';
import { indexedLine } from '../../contract/indexed-line.ts';
import { runIndexContract } from '../../contract/run-index-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'workflow-index-'));
afterAll(() => rmSync(folder, { recursive: true }));
const newPath = (): string => join(mkdtempSync(join(folder, 'project-')), 'runs.db');
const untroubled = (message: string): void => expect.unreachable(message);
const open = (path: string, onTrouble = untroubled): Promise<RunIndex> => openRunIndex(path, onTrouble);

runIndexContract(() => open(newPath()));

test('what one process has put, another that has the file open sees, and so does whoever opens it later', async () => {
  const path = newPath();
  const [one, other] = [await open(path), await open(path)];
  await one.put([indexedLine(1)], {
    epoch: await other.epoch(),
    stream: 'journal',
    created: 'now',
    cursor: { position: 2, run: 'a', hash: 'b' },
  });

  expect(other.line(indexedLine(1).run)).toEqual(indexedLine(1));
  one.close();
  other.close();
  const later = await open(path);
  expect(later.line(indexedLine(1).run)).toEqual(indexedLine(1));
  expect((await later.cursor('journal', 'now'))?.position).toBe(2);
  later.close();
});

test('only its owner may read the file', async () => {
  const path = newPath();
  (await open(path)).close();

  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a write waits for another process that writes', async () => {
  const path = newPath();
  const index = await open(path);
  const writer = new Database(path);
  writer.exec('BEGIN IMMEDIATE');
  const putting = index.put([indexedLine(1)]);

  expect(await index.page({ order: 'changed', limit: 5 })).toEqual([]);
  writer.exec('COMMIT');
  await putting;
  expect(await index.page({ order: 'changed', limit: 5 })).toHaveLength(1);
  writer.close();
  index.close();
});

test('a file that is no database is made anew, and that is said once', async () => {
  const path = newPath();
  writeFileSync(path, 'x'.repeat(20_000));
  const said: string[] = [];
  const index = await open(path, (message) => said.push(message));
  await index.put([indexedLine(1)]);

  expect(index.line(indexedLine(1).run)).toEqual(indexedLine(1));
  expect(said).toEqual([expect.stringContaining('is made anew')]);
  index.close();
});

test('a file of another schema is made anew', async () => {
  const path = newPath();
  const old = new Database(path);
  old.exec(
    'CREATE TABLE run_index (other TEXT); CREATE VIEW runs AS SELECT * FROM run_index; PRAGMA user_version = 99',
  );
  old.close();
  const index = await open(path);

  expect(await index.page({ order: 'changed', limit: 5 })).toEqual([]);
  index.close();
});
