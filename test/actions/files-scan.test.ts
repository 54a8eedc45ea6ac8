// A scan tells the truth about a folder: every file once, in order, with its real digest, in the result or in a
// manifest. Method: small real folders. What is no plain file is in files-scan-refusals.test.ts.
import { createHash } from 'node:crypto';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesScan } from '../../src/actions/files-scan.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';
import { scan } from './scan.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('lists each with size, time and digest, sorted by path, and adds them up', async () => {
  const projectDir = await temporaryProject({
    'in/b.txt': 'bb',
    'in/a/z.txt': 'z',
    'in/a-b': '',
    'in/a0': 'ö',
  });
  await utimes(join(projectDir, 'in/b.txt'), new Date(0), new Date('2025-10-07T14:20:00Z'));
  const { file_list, ...rest } = await scan(projectDir, { folder: 'in' });

  expect((file_list as { path: string }[]).map(({ path }) => path)).toEqual([
    'a-b',
    'a/z.txt',
    'a0',
    'b.txt',
  ]);
  expect(file_list).toContainEqual({
    path: 'b.txt',
    size: 2,
    mtime: '2025-10-07T14:20:00.000Z',
    sha256: sha256('bb'),
  });
  expect(rest).toMatchObject({
    folder: 'in',
    total_files: 4,
    total_bytes: 5,
    manifest: null,
    unreadable: [],
  });
  expect(rest.scan_timestamp).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('digests a file that is read in several chunks', async () => {
  const text = 'chunk'.repeat(200_000);
  const projectDir = await temporaryProject({ 'big.txt': text });
  const { file_list } = await scan(projectDir, { folder: '.' });
  expect(file_list).toMatchObject([{ size: text.length, sha256: sha256(text) }]);
});

test('leaves the project its own .3ox folder out, but no other hidden one', async () => {
  const projectDir = await temporaryProject({
    '.3ox/state': '',
    '.3ox.index/a': '',
    'sub/.3ox/b': '',
    '.git/c': '',
  });
  const { file_list } = await scan(projectDir, { folder: '.' });
  expect((file_list as { path: string }[]).map(({ path }) => path)).toEqual([
    '.3ox.index/a',
    '.git/c',
    'sub/.3ox/b',
  ]);
});

test('takes a folder outside the project, which it only reads', async () => {
  const projectDir = await temporaryProject();
  await mkdir(join(projectDir, '..', 'other'));
  await writeFile(join(projectDir, '..', 'other', 'a'), '');
  expect(await scan(projectDir, { folder: '../other' })).toMatchObject({ total_files: 1 });
  expect(await scan(projectDir, { folder: join(projectDir, '..', 'other') })).toMatchObject({
    total_files: 1,
  });
});

describe('a list too long for the journal', () => {
  test('of a task in the second attempt at a FORK has a portable file name', async () => {
    const projectDir = await temporaryProject({ 'in/a': '', 'in/b': '' });
    const input = { folder: 'in', inline_max: 1 };
    const scanned = filesScan(testAttempt({ projectDir, input, task: 'all:2[0].scan' }));
    await expect(scanned).resolves.toMatchObject({
      manifest: { manifest: '.3ox/runs/run-1/all~2[0].scan.manifest.jsonl', count: 2 },
    });
  });

  test('is written to a manifest whose digest and order hold', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `f${String(index).padStart(2, '0')}`);
    const projectDir = await temporaryProject(Object.fromEntries(names.map((name) => [`in/${name}`, name])));
    const { file_list, manifest, total_files } = await scan(projectDir, { folder: 'in', inline_max: 11 });

    const text = await readFile(join(projectDir, '.3ox/runs/run-1/a_task.manifest.jsonl'), 'utf8');
    const written = { manifest: '.3ox/runs/run-1/a_task.manifest.jsonl', sha256: sha256(text), count: 12 };
    expect({ file_list, manifest, total_files }).toEqual({
      file_list: written,
      manifest: written,
      total_files: 12,
    });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ path }) => path)).toEqual(names);
    expect(lines[3]).toMatchObject({ size: 3, sha256: sha256('f03') });
  });

  test('stays inline up to and including the limit', async () => {
    const projectDir = await temporaryProject({ 'in/a': '', 'in/b': '' });
    expect(await scan(projectDir, { folder: 'in', inline_max: 2 })).toMatchObject({ manifest: null });
    expect(await scan(projectDir, { folder: 'in', inline_max: 1 })).toMatchObject({
      file_list: { count: 2 },
    });
  });
});

test('leaves out what a crash in the middle of a write left behind, and nothing that only looks like it', async () => {
  const projectDir = await temporaryProject({
    'in/.3ox-0b0e.part': 'half',
    'in/deep/.3ox-1c1f.part': 'half',
    'in/a.part': 'a',
  });
  const { file_list, total_files } = await scan(projectDir, { folder: 'in' });

  expect(total_files).toBe(1);
  expect(file_list).toMatchObject([{ path: 'a.part' }]);
});
