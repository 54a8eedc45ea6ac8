// A server is searched in a fixed order, and what a person named is never replaced silently. Method: fake
// binaries (scripts that answer --version) in temporary folders, so that every place can hold any version.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findServer, userCacheDir } from '../../src/nats-server/provision-server.ts';

let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'workflow-find-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('NATS_SERVER comes before everything', async () => {
  const named = await fakeServer('named/my-server', '2.12.0');
  await fakeServer('path1/nats-server', '2.15.1');

  const found = await findServer({ env: { NATS_SERVER: named, PATH: join(root, 'path1') }, cacheDir: root });

  expect(found).toEqual({ path: named, version: '2.12.0', source: 'NATS_SERVER' });
});

test('PATH comes before the cache', async () => {
  const installed = await fakeServer('path2/nats-server', '2.12.3');
  await fakeServer('cache2/nats-server/2.15.1/nats-server', '2.15.1');

  const found = await findServer({ env: { PATH: join(root, 'path2') }, cacheDir: join(root, 'cache2') });

  expect(found).toEqual({ path: installed, version: '2.12.3', source: 'PATH' });
});

test('passes over a server on PATH that is too old, and says so', async () => {
  await fakeServer('path3/nats-server', '2.10.27');
  const cached = await fakeServer('cache3/nats-server/2.12.1/nats-server', '2.12.1');
  const messages: string[] = [];

  const found = await findServer({
    env: { PATH: join(root, 'path3') },
    cacheDir: join(root, 'cache3'),
    onProgress: (message) => messages.push(message),
  });

  expect(found).toEqual({ path: cached, version: '2.12.1', source: 'cache' });
  expect(messages).toEqual([expect.stringContaining('2.10.27, too old')]);
});

test('takes the newest server in the cache that runs', async () => {
  await fakeServer('cache4/nats-server/2.9.9/nats-server', '2.9.9');
  const best = await fakeServer('cache4/nats-server/2.14.0/nats-server', '2.14.0');
  await mkdir(join(root, 'cache4/nats-server/2.20.0'), { recursive: true });
  await writeFile(join(root, 'cache4/nats-server/2.20.0/nats-server'), 'half a binary', { mode: 0o755 });

  const found = await findServer({ env: { PATH: '' }, cacheDir: join(root, 'cache4') });

  expect(found).toMatchObject({ path: best, source: 'cache' });
});

test.each([
  ['is missing', 'missing', undefined, 'nats.server-unusable'],
  ['cannot be executed', 'data', 'not a program', 'nats.server-unusable'],
  ['is another program', 'other', '#!/bin/sh\necho hello\n', 'nats.server-unusable'],
  ['is too old', 'old', '#!/bin/sh\necho "nats-server: v2.11.9"\n', 'nats.server-too-old'],
])('refuses NATS_SERVER when it %s, although PATH has a good one', async (_, name, content, code) => {
  const named = join(root, name);
  if (content !== undefined)
    await writeFile(named, content, { mode: content.startsWith('#!') ? 0o755 : 0o644 });
  const good = await fakeServer(`good-${name}/nats-server`, '2.15.1');

  const finding = findServer({ env: { NATS_SERVER: named, PATH: dirname(good) }, cacheDir: root });

  await expect(finding).rejects.toMatchObject({ code, message: expect.stringContaining(named) });
});

test.each([
  [{ WORKFLOW_CACHE_DIR: '/own', XDG_CACHE_HOME: '/shared' }, '/own'],
  [{ XDG_CACHE_HOME: '/shared' }, '/shared/3ox-workflow'],
  [{ XDG_CACHE_HOME: 'relative' }, expect.stringMatching(/\/\.cache\/3ox-workflow$/)],
  [{}, expect.stringMatching(/\/\.cache\/3ox-workflow$/)],
])('with %j the cache is in %s', (env, folder) => {
  expect(userCacheDir(env)).toEqual(folder);
});

async function fakeServer(name: string, version: string): Promise<string> {
  const path = join(root, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await chmod(path, 0o755);

  return path;
}
