// Segments of archived runs are the only copy of what the journal does not hold any more. Method: real segments in a
// temporary folder, byte by byte damaged, cut and exchanged; what a process that died left; a folder that is not there.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRunArchive } from '../../../src/stores/archive/run-archive.ts';
import { runArchiveContract } from '../../contract/run-archive-contract.ts';
import { archivedAt, type GivenRun, given, givenRun, memorySigning } from '../../support/archived-runs.ts';

const about = { at: archivedAt, by: 'engine', generation: 1 };

async function openArchive() {
  const base = await mkdtemp(join(tmpdir(), 'workflow-archive-'));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const folder = join(base, 'archive', 'own-default');
  const { key, ...signing } = memorySigning();
  const open = (more: { readonly base?: string } = {}) =>
    createRunArchive({ folder, ...signing, ...more, clock: Date });

  return { base, folder, key, open, archive: open() };
}

async function codesOf(found: AsyncIterable<{ readonly code: string; readonly run?: string }>) {
  const codes: string[] = [];
  for await (const { code, run } of found) codes.push(run === undefined ? code : `${run} ${code}`);

  return codes;
}

runArchiveContract(async () => {
  const { key, open } = await openArchive();

  return { archive: open(), other: open(), key, close: async () => undefined };
});

test('lets nobody but its owner into what it writes', async () => {
  const { folder, archive } = await openArchive();
  const { name } = await archive.put(about, given(givenRun('run-a')));

  const files = (await readdir(join(folder, name))).sort();
  expect(files).toEqual(['messages.gz', 'rows.gz', 'rows.index', 'segment.json']);
  for (const file of files) expect((await stat(join(folder, name, file))).mode & 0o777).toBe(0o600);
  for (const path of [folder, join(folder, name)]) expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test('finds each of many runs, and no other, without reading their messages', async () => {
  const { folder, key, archive, open } = await openArchive();
  const many = async function* (): AsyncGenerator<GivenRun> {
    for (let at = 0; at < 3_000; at += 1) yield givenRun(`run-${at}`, { events: 1, first: at + 1 });
  };
  const { name } = await archive.put(about, many());

  for (const at of [0, 1, 1_500, 2_999]) expect((await open().find(`run-${at}`))?.position).toBe(at + 1);
  expect(await archive.find('run-3000')).toBeUndefined();
  expect(await codesOf(archive.verify(name, [key]))).toEqual([]);
  await rm(join(folder, name, 'messages.gz'));
  expect(await open().find('run-77')).toMatchObject({ run: 'run-77' });
});

test('finds a segment of a million runs by a search in the file of its index', async () => {
  const { folder, archive, open } = await openArchive();
  const { name } = await archive.put(about, given(givenRun('run-a'), givenRun('run-b', { first: 9 })));
  const path = join(folder, name, 'rows.index');
  const own = await readFile(path);
  // Entries whose keys come before or after all others: what they name is never looked at.
  const blank = Buffer.alloc(16 * 300_000);
  await writeFile(path, Buffer.concat([blank, own, Buffer.alloc(16 * 300_000, 0xff)]));

  expect(await open().find('run-b')).toMatchObject({ run: 'run-b', position: 13 });
  expect(await open().find('run-c')).toBeUndefined();
});

test('verify tells whatever was changed in any of its files', async () => {
  const { folder, key, archive, open } = await openArchive();
  const runs = [givenRun('run-a', { events: 30 }), givenRun('run-b', { events: 30, first: 100 })];
  const { name } = await archive.put(about, given(...runs));
  for (const file of ['messages.gz', 'rows.gz', 'rows.index', 'segment.json']) {
    const path = join(folder, name, file);
    const bytes = await readFile(path);
    for (let at = 0; at < bytes.length; at += 29) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x04;
      await writeFile(path, damaged);
      expect(await codesOf(open().verify(name, [key])), `${file} ${at}`).not.toEqual([]);
    }
    await writeFile(path, bytes.subarray(0, bytes.length - 5));
    expect(await codesOf(open().verify(name, [key])), `${file} cut`).not.toEqual([]);
    await writeFile(path, bytes);
  }
  expect(await codesOf(open().verify(name, [key]))).toEqual([]);
});

test('verify tells rows of another segment, signed with the same key', async () => {
  const { folder, key, archive, open } = await openArchive();
  const one = await archive.put(about, given(givenRun('run-a')));
  const other = await archive.put({ ...about, generation: 2 }, given(givenRun('run-b')));
  for (const file of ['rows.gz', 'rows.index', 'messages.gz'])
    await cp(join(folder, other.name, file), join(folder, one.name, file));

  expect(await codesOf(open().verify(one.name, [key]))).toEqual([
    ...['archive.file', 'archive.file', 'archive.file', 'archive.root'],
  ]);
});

test('what is damaged of one run is told of that run, and the others are read', async () => {
  const { folder, key, archive, open } = await openArchive();
  const { name } = await archive.put(about, given(givenRun('run-a'), givenRun('run-b', { first: 100 })));
  const path = join(folder, name, 'messages.gz');
  const bytes = await readFile(path);
  bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 0x55;
  await writeFile(path, bytes);

  expect(await codesOf(open().verify(name, [key]))).toEqual([
    'archive.file',
    'run-b archive.messages',
    'archive.root',
  ]);
  const read = async (run: string) => {
    let count = 0;
    for await (const _ of open().read(run)) count += 1;

    return count;
  };
  expect(await read('run-a')).toBe(3);
  await expect(read('run-b')).rejects.toMatchObject({ code: 'archive.broken' });
});

test('what a process left that died while it wrote is no segment, and is removed a day later', async () => {
  const { folder, archive } = await openArchive();
  const lately = join(folder, '.0f8fad5b-d9cb-469f-a165-70867728950e.part');
  const long = join(folder, '.7c9e6679-7425-40de-944b-e07fc1f90ae7.part');
  for (const part of [lately, long]) await mkdir(part, { recursive: true });
  const at = new Date().toISOString();
  await utimes(long, Date.now() / 1_000 - 100_000, Date.now() / 1_000 - 100_000);
  expect(await archive.segments()).toEqual([]);
  await archive.put({ ...about, at }, given(givenRun('run-a')));

  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([lately.slice(-42)]);
});

test('the same runs archived again at the same time are one segment', async () => {
  const { archive } = await openArchive();
  const first = await archive.put(about, given(givenRun('run-a')));

  expect(await archive.put(about, given(givenRun('run-a')))).toEqual(first);
  expect(await archive.segments()).toEqual([first]);
});

test('a shared folder that is not there is unavailable, and nothing is made in its place', async () => {
  const { base, open } = await openArchive();
  const archive = open({ base: join(base, 'mounted') });
  const refused = { code: 'archive.unavailable' };

  await expect(archive.find('run-a')).rejects.toMatchObject(refused);
  await expect(archive.put(about, given(givenRun('run-a')))).rejects.toMatchObject(refused);
  expect(await readdir(base)).toEqual([]);
});
