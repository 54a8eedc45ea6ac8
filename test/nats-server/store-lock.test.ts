// One server for a store, whatever process, container or namespace starts the second. Method: real servers on one
// store; the lock is that of the kernel, so a server that was killed holds nothing.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { shippedPath } from '../../src/files/package-path.ts';
import { launchServer, readServerInfo } from '../../src/nats-server/launch-server.ts';
import { findServer } from '../../src/nats-server/provision-server.ts';
import { isStoreHeld, networkFileSystem } from '../../src/nats-server/store-lock.ts';

async function launching() {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-store-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const storeDir = join(folder, 'store');
  const { path: binary } = await findServer({ env: process.env });
  const launch = async () => {
    const server = await launchServer({ binary, config: shippedPath('nats.conf'), storeDir });
    onTestFinished(server.stop);
    return server;
  };

  return { storeDir, launch };
}

test('a second server on the same store is refused, and the first goes on', async () => {
  const { launch } = await launching();
  const first = await launch();

  await expect(launch()).rejects.toMatchObject({
    code: 'nats.store-owned',
    message: expect.stringMatching(/holds the store .*store, and a second server would destroy it/),
  });
  expect(await readServerInfo({ host: '127.0.0.1', port: first.port })).toBeDefined();
});

test('of two that are started at once one is refused', async () => {
  const { launch } = await launching();
  const ends = await Promise.allSettled([launch(), launch(), launch()]);

  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(ends.filter(({ status }) => status === 'rejected')).toMatchObject([
    { reason: { code: 'nats.store-owned' } },
    { reason: { code: 'nats.store-owned' } },
  ]);
});

test('the store of a server that was killed is free at once', async () => {
  const { storeDir, launch } = await launching();
  const first = await launch();
  expect(await isStoreHeld(storeDir)).toBe(true);

  process.kill(first.pid, 'SIGKILL');
  await expect.poll(() => isStoreHeld(storeDir)).toBe(false);
  await launch();
});

test.each([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xff534d42 | 0, 'CIFS'],
  [0xef53, undefined],
  [0x01021994, undefined],
])('the file system of type %i is told as %s', (type, kind) => {
  expect(networkFileSystem(type)).toBe(kind);
});
