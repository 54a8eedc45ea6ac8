// A written file is whole, inside the project, and replaces nothing but a plain file. Method: real files, links, pipes
// and a full disk.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openAtomically, writeAtomically } from '../../src/files/write-atomically.ts';
import { temporaryProject, withoutPrivileges } from './temporary-project.ts';

const run = promisify(execFile);

describe('what is written', () => {
  test('creates the folders on the way and tells size and digest', async () => {
    const projectDir = await temporaryProject();
    const text = 'grün\n';
    const written = await writeAtomically({ projectDir, path: './a//b/c.txt', text });

    expect(written).toEqual({
      path: 'a/b/c.txt',
      bytes: 6,
      sha256: createHash('sha256').update(text).digest('hex'),
    });
    expect(await readFile(join(projectDir, 'a/b/c.txt'), 'utf8')).toBe(text);
  });

  test('replaces a file whole and leaves nothing else in the folder', async () => {
    const projectDir = await temporaryProject({ 'a.txt': 'a long first content' });
    await writeAtomically({ projectDir, path: 'a.txt', text: 'new' });

    expect(await readFile(join(projectDir, 'a.txt'), 'utf8')).toBe('new');
    expect(await readdir(projectDir)).toEqual(['a.txt']);
  });

  test('shows nothing before the commit, and nothing at all when abandoned', async () => {
    const projectDir = await temporaryProject({ 'a.txt': 'old' });
    const file = await openAtomically({ projectDir, path: 'a.txt' });
    await file.write('half');
    expect(await readFile(join(projectDir, 'a.txt'), 'utf8')).toBe('old');
    await file.abandon();

    expect(await readFile(join(projectDir, 'a.txt'), 'utf8')).toBe('old');
    expect(await readdir(projectDir)).toEqual(['a.txt']);
  });

  test('does not write through a hard link into the file it shares', async () => {
    const projectDir = await temporaryProject();
    await writeFile(join(projectDir, '..', 'shared.txt'), 'theirs');
    await link(join(projectDir, '..', 'shared.txt'), join(projectDir, 'a.txt'));
    await writeAtomically({ projectDir, path: 'a.txt', text: 'ours' });

    expect(await readFile(join(projectDir, '..', 'shared.txt'), 'utf8')).toBe('theirs');
  });
});

describe('what is not replaced', () => {
  test('refuses a folder, a link and a pipe, without waiting for a reader', async () => {
    const projectDir = await temporaryProject({ 'real.txt': 'kept', 'folder/x': '' });
    await symlink('real.txt', join(projectDir, 'link.txt'));
    await run('mkfifo', [join(projectDir, 'pipe')]);
    for (const path of ['folder', 'link.txt', 'pipe']) {
      await expect(writeAtomically({ projectDir, path, text: 'x' })).rejects.toMatchObject({
        name: 'FileFailure',
        code: 'file.not-a-file',
        retryable: false,
      });
    }
    expect(await readFile(join(projectDir, 'real.txt'), 'utf8')).toBe('kept');
    expect((await readdir(projectDir)).sort()).toEqual(['folder', 'link.txt', 'pipe', 'real.txt']);
  });

  test('refuses a path that names a folder, or goes on below a file', async () => {
    const projectDir = await temporaryProject({ 'a.txt': '' });
    for (const path of ['.', 'new/']) {
      await expect(writeAtomically({ projectDir, path, text: '' })).rejects.toMatchObject({
        code: 'path.empty',
      });
    }
    await expect(writeAtomically({ projectDir, path: 'a.txt/b', text: '' })).rejects.toMatchObject({
      code: 'file.not-a-file',
    });
  });

  test('refuses to create folders or files behind a link that leads out', async () => {
    const projectDir = await temporaryProject();
    const outside = join(projectDir, '..', 'outside');
    await mkdir(outside);
    await symlink(outside, join(projectDir, 'out'));
    for (const path of ['out/a.txt', 'out/deep/er/a.txt']) {
      await expect(writeAtomically({ projectDir, path, text: 'x' })).rejects.toMatchObject({
        code: 'path.outside-project',
      });
    }
    expect(await readdir(outside)).toEqual([]);
  });
});

describe('a world that does not play along', () => {
  test('says that permission is missing, and changes nothing', async () => {
    const projectDir = await temporaryProject({ 'locked/a.txt': 'old' });
    await chmod(join(projectDir, 'locked'), 0o555);
    const write = () => writeAtomically({ projectDir, path: 'locked/a.txt', text: 'new' });

    await expect(withoutPrivileges(write)).rejects.toMatchObject({
      code: 'file.not-writable',
      retryable: true,
    });
    expect(await readFile(join(projectDir, 'locked/a.txt'), 'utf8')).toBe('old');
  });

  test('says that the disk is full, and leaves the old file and no rest', async ({ skip }) => {
    const projectDir = await temporaryProject();
    const disk = join(projectDir, 'disk');
    await mkdir(disk);
    // A small disk of its own needs the right to mount; without it there is no full disk to be had.
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).catch(() => skip());
    onTestFinished(async () => {
      await run('umount', [disk]);
    });
    await writeFile(join(disk, 'a.txt'), 'old');

    await expect(
      writeAtomically({ projectDir, path: 'disk/a.txt', text: 'x'.repeat(1e6) }),
    ).rejects.toMatchObject({ code: 'file.disk-full', retryable: true });
    expect(await readFile(join(disk, 'a.txt'), 'utf8')).toBe('old');
    expect(await readdir(disk)).toEqual(['a.txt']);
  });

  test('keeps no folder open, however it ends', async () => {
    const projectDir = await temporaryProject({ 'folder/x': '' });
    const before = await openFiles();
    for (let count = 0; count < 20; count += 1) {
      await writeAtomically({ projectDir, path: 'a/b.txt', text: '' });
      await writeAtomically({ projectDir, path: 'folder', text: '' }).catch(() => undefined);
    }
    expect((await openFiles()) - before).toBeLessThan(5);
  });
});

async function openFiles(): Promise<number> {
  const descriptors = (await stat('/proc/self/fd').catch(() => undefined))
    ? await readdir('/proc/self/fd')
    : [];

  return descriptors.length;
}
