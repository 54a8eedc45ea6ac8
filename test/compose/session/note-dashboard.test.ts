// Where the dashboards of a project are. Method: a folder of its own, and ids of processes that are there or not.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  noteDashboard,
  notedDashboard,
  notedDashboards,
} from '../../../src/compose/session/note-dashboard.ts';
import { thisPlace } from '../../../src/files/process-here.ts';

/** More than any system gives out. */
const gone = 2 ** 30;

async function open(content?: string) {
  const dir = await mkdtemp(join(tmpdir(), 'workflow-noted-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, '.3ox', 'dashboard.json');
  await mkdir(join(dir, '.3ox'));
  if (content !== undefined) await writeFile(file, content);

  return { dir, read: async () => JSON.parse(await readFile(file, 'utf8')) as unknown };
}

const other = { url: 'http://127.0.0.1:1', pid: process.ppid };
const killed = { url: 'http://127.0.0.1:2', pid: gone };

test('another engine that still runs is told of again when the latest has ended', async () => {
  const { dir, read } = await open(JSON.stringify({ ...other, others: [killed] }));
  const takeBack = await noteDashboard(dir, 'http://127.0.0.1:3');

  const own = { url: 'http://127.0.0.1:3', pid: process.pid, place: thisPlace() };
  expect(await read()).toEqual({ ...own, others: [other] });
  await takeBack();
  expect(await read()).toEqual(other);
});

test('one of another container counts as there, as nobody here can tell whether its process is', async () => {
  const elsewhere = { ...killed, place: 'box pid:[1]' };
  const { dir } = await open(JSON.stringify({ ...killed, others: [elsewhere] }));
  await noteDashboard(dir, 'http://127.0.0.1:3');

  expect((await notedDashboards(dir)).map(({ port }) => port)).toEqual(['3', '2']);
  expect(await notedDashboard(dir)).toMatchObject({ url: 'http://127.0.0.1:3' });
});

test('one that was killed is passed over where another runs', async () => {
  const { dir } = await open(JSON.stringify({ ...killed, others: [other] }));

  expect(await notedDashboard(dir)).toEqual(other);
});

test('a file that tells nothing is no error', async () => {
  for (const content of [undefined, '', '{}', '[1]'])
    expect(await notedDashboard((await open(content)).dir)).toBeUndefined();
});
