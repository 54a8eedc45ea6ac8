// Only one holder at a time, also when the last one died: several waiters find the same dead owner, and none
// may remove the lock that another has just taken. Method: many contenders over one file, counting holders.
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test, vi } from 'vitest';
import { removeStale, withFileLock } from '../../src/files/file-lock.ts';

test('lets one in at a time and everybody in the end', async () => {
  const { path } = await lockFile();

  expect(await contend(path, 20)).toEqual({ done: 20, most: 1 });
});

test('is taken over from a dead owner by one contender only', async () => {
  const { path, folder } = await lockFile();
  await writeFile(path, `${await deadPid()} token\n`);

  expect(await contend(path, 20)).toEqual({ done: 20, most: 1 });
  expect(await readdir(folder)).toEqual([]);
});

test('is not taken from the contender who took it over while another was about to', async () => {
  const { path, folder } = await lockFile();
  await writeFile(path, `${process.pid} token\n`);

  await removeStale(path);

  expect(await readdir(folder)).toEqual(['lock']);
});

test('is removed by nobody while another is removing it', async () => {
  const { path, folder } = await lockFile();
  await writeFile(path, `${await deadPid()} token\n`);
  await writeFile(`${path}.removal`, '');

  await removeStale(path);

  expect(await readdir(folder)).toEqual(['lock', 'lock.removal']);
});

test('is removed although another died removing it', async () => {
  const { path, folder } = await lockFile();
  await writeFile(path, `${await deadPid()} token\n`);
  await writeFile(`${path}.removal`, '');
  await utimes(`${path}.removal`, 0, 0);

  expect(await contend(path, 3)).toEqual({ done: 3, most: 1 });
  expect(await readdir(folder)).toEqual([]);
});

test('is taken over when its owner died while writing it', async () => {
  const { path } = await lockFile();
  await writeFile(path, '');
  await utimes(path, 0, 0);

  expect(await contend(path, 3)).toEqual({ done: 3, most: 1 });
});

test('is taken over when the owner died so long ago that its pid may be a stranger', async () => {
  const { path } = await lockFile();
  await writeFile(path, `${process.pid} token\n`);
  await utimes(path, 0, 0);

  expect(await contend(path, 3)).toEqual({ done: 3, most: 1 });
});

test('is not taken from a holder who goes on saying that it lives, whatever time the machine shows meanwhile', async () => {
  const { path } = await lockFile();
  await writeFile(path, `${process.pid} token another-machine\n`);
  let atS = 0;
  const beat = setInterval(() => {
    atS += 1;
    void utimes(path, atS, atS);
  }, 20);
  onTestFinished(() => clearInterval(beat));
  await vi.waitFor(async () => expect((await stat(path)).mtimeMs).toBeLessThan(60_000));

  await expect(withFileLock(path, { waitMs: 7_000, refusal }, async () => 'in')).rejects.toThrow(
    'still holds',
  );
});

test('names the living process that does not let go', async () => {
  const { path } = await lockFile();
  await writeFile(path, `${process.pid} token\n`);

  await expect(withFileLock(path, { waitMs: 1, refusal }, async () => 'in')).rejects.toMatchObject({
    message: expect.stringContaining(`process ${process.pid}`),
  });
});

test('is let go when the work fails', async () => {
  const { path, folder } = await lockFile();

  const failing = withFileLock(path, { waitMs: 1, refusal }, () => Promise.reject(new Error('work failed')));

  await expect(failing).rejects.toThrow('work failed');
  expect(await readdir(folder)).toEqual([]);
});

function refusal(message: string): Error {
  return new Error(message);
}

async function contend(path: string, count: number) {
  let [holders, most, done] = [0, 0, 0];
  const work = async () => {
    holders += 1;
    most = Math.max(most, holders);
    // Long enough for the others to look at the lock, and to act on what they saw.
    for (let turn = 0; turn < 50; turn += 1) await stat(path);
    holders -= 1;
    done += 1;
  };
  await Promise.all(
    Array.from({ length: count }, () => withFileLock(path, { waitMs: 25_000, refusal }, work)),
  );

  return { done, most };
}

async function deadPid(): Promise<string> {
  return (await execa('sh', ['-c', 'echo $$'])).stdout;
}

async function lockFile() {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-lock-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));

  return { folder, path: join(folder, 'lock') };
}
