// The tokens of a project in their file: kept as digests, in a file of one's own, and true at once for every process.
// Method: a folder of its own and a clock set by hand; a second process is a second access to the same folder.
import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTokensFile } from '../../src/project/tokens-file.ts';
import { createManualClock } from '../support/manual-clock.ts';

async function open() {
  const projectDir = await mkdtemp(join(tmpdir(), 'workflow-tokens-'));
  onTestFinished(() => rm(projectDir, { recursive: true, force: true }));
  const clock = createManualClock();

  return {
    clock,
    path: join(projectDir, '.3ox', 'tokens.json'),
    access: createTokensFile({ projectDir, clock }),
    other: createTokensFile({ projectDir, clock }),
  };
}

test('a token is found by itself alone, and its text is kept nowhere', async () => {
  const { access, path } = await open();
  const { token, entry } = await access.add({ as: 'ada', level: 'L2', domain: 'sales' });

  expect(token).toMatch(/^3ox_[\w-]{43}$/);
  expect(await access.find(token)).toEqual(entry);
  for (const wrong of ['', token.slice(0, -1), `${token}a`, token.toUpperCase(), entry.id])
    expect(await access.find(wrong)).toBeUndefined();
  const kept = await readFile(path, 'utf8');
  expect(kept).not.toContain(token);
  expect(kept).not.toContain(token.slice(4));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a token opens until it expires, and not at that time any more', async () => {
  const { access, clock } = await open();
  const expiresAt = new Date(clock.now() + 1_000).toISOString();
  const { token } = await access.add({ as: 'ada', level: 'L1', expiresAt });

  clock.advance(999);
  expect(await access.find(token)).toMatchObject({ as: 'ada', expiresAt });
  clock.advance(1);
  expect(await access.find(token)).toBeUndefined();
});

test('what one process adds or revokes is true for the others at once', async () => {
  const { access, other } = await open();
  const { token, entry } = await access.add({ as: 'ada', level: 'L1' });

  expect(await other.find(token)).toEqual(entry);
  expect(await other.revoke(entry.id)).toBe(true);
  expect(await access.find(token)).toBeUndefined();
  expect(await access.revoke(entry.id)).toBe(false);
});

test('of tokens that are added at once none is lost', async () => {
  const { access } = await open();
  await Promise.all(Array.from({ length: 20 }, (_, each) => access.add({ as: `ada ${each}`, level: 'L1' })));

  expect(new Set((await access.list()).map(({ as }) => as)).size).toBe(20);
});

test('of what several processes add and revoke at once nothing is lost, and nothing revoked comes back', async () => {
  const { access, other, path } = await open();
  const { entry } = await access.add({ as: 'eve', level: 'L1' });
  const adding = Array.from({ length: 10 }, (_, each) => [
    access.add({ as: `ada ${each}`, level: 'L1' }),
    other.add({ as: `bob ${each}`, level: 'L1' }),
  ]);
  await Promise.all([...adding.flat(), other.revoke(entry.id)]);

  const names = (await access.list()).map(({ as }) => as);
  expect(new Set(names).size).toBe(20);
  expect(names).not.toContain('eve');
  expect(await readdir(dirname(path))).toEqual(['tokens.json']);
});

test('a process that died while it changed them keeps nobody from it', async () => {
  const { access, path } = await open();
  await access.add({ as: 'ada', level: 'L1' });
  const lock = join(dirname(path), 'tokens.lock');
  await writeFile(lock, '1\n');
  await utimes(lock, 0, 0);

  await access.add({ as: 'bob', level: 'L1' });
  expect(await access.list()).toHaveLength(2);
});

test('a time that cannot be read has passed', async () => {
  const { access, path } = await open();
  const { token } = await access.add({ as: 'ada', level: 'L1', expiresAt: '2099-01-01T00:00:00.000Z' });
  expect(await access.find(token)).toMatchObject({ as: 'ada' });
  await writeFile(path, (await readFile(path, 'utf8')).replace('2099-01-01T00:00:00.000Z', 'never'));

  expect(await access.find(token)).toBeUndefined();
});

test('a file that others can read, or that holds no tokens, opens nothing', async () => {
  const { access, path } = await open();
  const { token } = await access.add({ as: 'ada', level: 'L1' });
  await chmod(path, 0o644);
  await expect(access.find(token)).rejects.toMatchObject({ code: 'secret.exposed' });
  await chmod(path, 0o600);
  expect(await access.find(token)).toMatchObject({ as: 'ada' });
  await writeFile(path, '{"version":1,"tokens":[{"as":"eve"}]}');
  await expect(access.find(token)).rejects.toMatchObject({ code: 'secret.bad-file' });
});
