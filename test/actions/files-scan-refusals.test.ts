// A scan reads plain files and nothing else: everything it could not or would not read it tells by name. Method: small
// real folders with links, pipes, sockets and locked files.
import { execFile } from 'node:child_process';
import { chmod, readFile, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { filesScan } from '../../src/actions/files-scan.ts';
import { temporaryProject, withoutPrivileges } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';
import { scan } from './scan.ts';

const run = promisify(execFile);

test('names links with where they lead, and follows none', async () => {
  const projectDir = await temporaryProject({ 'in/dir/a': '', 'secret/b': '' });
  const folder = join(projectDir, 'in');
  await symlink('dir', join(folder, 'inner'));
  await symlink('../secret', join(folder, 'outer'));
  await symlink('.', join(folder, 'loop'));
  await symlink('nowhere', join(folder, 'stale'));
  const result = await scan(projectDir, { folder: 'in' });

  expect(result).toMatchObject({ total_files: 1, links_total: 4 });
  expect(result.links).toEqual([
    { path: 'inner', target: 'dir', outside: false, broken: false },
    { path: 'loop', target: '.', outside: false, broken: false },
    { path: 'outer', target: '../secret', outside: true, broken: false },
    { path: 'stale', target: 'nowhere', outside: false, broken: true },
  ]);
});

test('names pipes and sockets and does not wait for them', async () => {
  const projectDir = await temporaryProject({ 'in/a': '' });
  await run('mkfifo', [join(projectDir, 'in/pipe')]);
  const server = createServer().listen(join(projectDir, 'in/sock'));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const result = await scan(projectDir, { folder: 'in' });

  expect(result.special).toEqual([
    { path: 'pipe', kind: 'fifo' },
    { path: 'sock', kind: 'socket' },
  ]);
  expect(result).toMatchObject({ total_files: 1, special_total: 2 });
});

test('names files and folders it may not read, and reads the rest', async () => {
  const projectDir = await temporaryProject({ 'in/a': '', 'in/locked': 'x', 'in/shut/b': '' });
  await chmod(join(projectDir, 'in/locked'), 0);
  await chmod(join(projectDir, 'in/shut'), 0);
  const result = await withoutPrivileges(() => scan(projectDir, { folder: 'in' }));
  await chmod(join(projectDir, 'in/shut'), 0o755);

  expect(result).toMatchObject({ total_files: 1, unreadable_total: 2 });
  expect(result.unreadable).toEqual([
    { path: 'locked', reason: 'EACCES' },
    { path: 'shut', reason: 'EACCES' },
  ]);
});

test('tells a missing folder from one that cannot be read', async () => {
  const projectDir = await temporaryProject({ 'file.txt': '', 'shut/a': '' });
  await chmod(join(projectDir, 'shut'), 0);
  await expect(scan(projectDir, { folder: 'missing' })).rejects.toMatchObject({
    code: 'files.folder-not-found',
    retryable: false,
  });
  await expect(scan(projectDir, { folder: 'file.txt' })).rejects.toMatchObject({
    code: 'files.folder-not-found',
  });
  await expect(withoutPrivileges(() => scan(projectDir, { folder: 'shut' }))).rejects.toMatchObject({
    code: 'files.folder-unreadable',
    retryable: true,
  });
  await expect(scan(projectDir, { folder: 'a\0b' })).rejects.toMatchObject({
    code: 'path.control-character',
  });
});

test('ends when the attempt is aborted, and leaves no manifest', async () => {
  const projectDir = await temporaryProject(
    Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`in/${index}`, ''])),
  );
  const controller = new AbortController();
  const scanning = filesScan(
    testAttempt({ projectDir, input: { folder: 'in', inline_max: 0 }, signal: controller.signal }),
  );
  controller.abort();

  await expect(scanning).rejects.toThrow(/abort/i);
  await expect(readFile(join(projectDir, '.3ox/runs/run-1/a_task.manifest.jsonl'))).rejects.toThrow('ENOENT');
});

test('names the fields of an input it does not take', async () => {
  const projectDir = await temporaryProject();
  await expect(scan(projectDir, { folder: '', depth: 3 })).rejects.toMatchObject({
    code: 'action.invalid-input',
    retryable: false,
    message: expect.stringMatching(/files\.scan.*"folder".*depth/),
  });
});
