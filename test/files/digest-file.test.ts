// Between the listing of a folder and the reading of a file, anything may have taken the file's place.
import { execFile } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { digestFile } from '../../src/files/digest-file.ts';
import { temporaryProject } from './temporary-project.ts';

const options = { signal: new AbortController().signal, onBytes: () => undefined };

test('refuses a pipe without waiting for a writer, a link without following it, and a folder', async () => {
  const project = await temporaryProject({ 'real.txt': 'x', 'folder/a': '' });
  await promisify(execFile)('mkfifo', [join(project, 'pipe')]);
  await symlink('real.txt', join(project, 'link'));
  for (const name of ['pipe', 'link', 'folder']) {
    await expect(digestFile(join(project, name), options)).rejects.toThrow(/plain file|ELOOP/);
  }
});

test('counts the bytes it read', async () => {
  const project = await temporaryProject({ 'real.txt': 'x'.repeat(600_000) });
  let bytes = 0;
  const digest = await digestFile(join(project, 'real.txt'), {
    ...options,
    onBytes: (more) => (bytes += more),
  });
  expect(digest.size).toBe(600_000);
  expect(bytes).toBe(600_000);
});
