// The folder of a project that is ours is nobody else's to read. Method: real folders; a process without rights, where
// this one may give its own up.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ensurePrivateFolder } from '../../src/files/private-file.ts';

async function project(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-private-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));

  return folder;
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

test('the folder is made for its owner alone', async () => {
  expect(await modeOf(await ensurePrivateFolder(await project()))).toBe('700');
});

test('a folder that an earlier version made for all is closed', async () => {
  const dir = await project();
  await mkdir(join(dir, '.3ox'), { mode: 0o755 });
  await ensurePrivateFolder(dir);

  expect(await modeOf(join(dir, '.3ox'))).toBe('700');
});

test.skipIf(process.getuid?.() !== 0)('another account reads nothing in it', async () => {
  const dir = await project();
  await chmod(dir, 0o755);
  const folder = await ensurePrivateFolder(dir);
  await writeFile(join(folder, 'workflow.state.yaml'), 'input: {}\n', { mode: 0o644 });
  const read = () =>
    execFileSync('cat', [join(folder, 'workflow.state.yaml')], { uid: 65_534, gid: 65_534, stdio: 'pipe' });

  expect(read).toThrow(/Permission denied/);
});
