// A server that was launched answers, stores durably and goes when told; one that cannot start says why. Method:
// the real binary with the repository's nats.conf, each test with a store of its own.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { shippedPath } from '../../src/files/package-path.ts';
import { isRunning } from '../../src/files/process-here.ts';
import { type LaunchOptions, launchServer, readServerInfo } from '../../src/nats-server/launch-server.ts';
import { findServer } from '../../src/nats-server/provision-server.ts';

let binary = '';
let root = '';

beforeAll(async () => {
  binary = (await findServer({ env: process.env })).path;
  root = await mkdtemp(join(tmpdir(), 'workflow-launch-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('answers clients under the name it was given, with JetStream on', async () => {
  const server = await launch({ storeDir: join(root, 'answers'), serverName: 'ours' });
  const client = await connect({ servers: server.url });
  onTestFinished(() => client.close());

  expect(client.info).toMatchObject({ server_name: 'ours', jetstream: true, host: '127.0.0.1' });
  expect(await readServerInfo({ host: '127.0.0.1', port: server.port })).toMatchObject({ name: 'ours' });
});

test('writes every event to the disk before it answers, as a monitor shows where there is one', async () => {
  const config = join(root, 'watched.conf');
  await writeFile(config, `${await readFile(shippedPath('nats.conf'), 'utf8')}\nhttp: "127.0.0.1:-1"\n`);
  const server = await launch({ storeDir: join(root, 'sync'), config });

  const answer = await fetch(`${server.monitorUrl}/varz`);

  expect(await answer.json()).toMatchObject({ jetstream: { config: { sync_always: true } } });
  expect(server.monitorUrl).toMatch(/^http:\/\/127\.0\.0\.1:/);
});

test('has no monitor, which would answer every web page and account of this machine', async () => {
  const server = await launch({ storeDir: join(root, 'unwatched') });

  expect(server.monitorUrl).toBeUndefined();
  expect(await readFile(join(root, 'unwatched', 'server.log'), 'utf8')).not.toContain('monitor');
});

test('is gone when stop has resolved, also when it is told twice', async () => {
  const server = await launch({ storeDir: join(root, 'stops') });

  await server.stop();

  expect(await isRunning(server.pid)).toBe(false);
  expect(await readServerInfo({ host: '127.0.0.1', port: server.port })).toBeUndefined();
  await server.stop();
});

test('starts again on the port and the store of a server that was killed', async () => {
  const storeDir = join(root, 'again');
  const first = await launch({ storeDir });
  process.kill(first.pid, 'SIGKILL');
  await first.stop();

  const second = await launch({ storeDir, port: first.port });

  expect(second.url).toBe(first.url);
  expect(second.pid).not.toBe(first.pid);
});

test('says that the port is taken', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  onTestFinished(() => void blocker.close());
  const { port } = blocker.address() as AddressInfo;

  await expect(launch({ storeDir: join(root, 'taken'), port })).rejects.toMatchObject({
    code: 'nats.port-taken',
    message: expect.stringContaining(`port ${port}`),
  });
});

test('says that the store cannot be written', async () => {
  const file = join(root, 'a-file');
  await writeFile(file, '');

  await expect(launch({ storeDir: join(file, 'store') })).rejects.toMatchObject({
    code: 'nats.store-not-writable',
    message: expect.stringContaining(file),
  });
});

test('says that the disk is full before a server is started on it', async () => {
  const storeDir = join(root, 'full');

  await expect(launch({ storeDir, freeBytesMin: Number.MAX_SAFE_INTEGER })).rejects.toMatchObject({
    code: 'nats.disk-full',
  });
  await expect(readFile(join(storeDir, 'server.log'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('says what is wrong with a configuration', async () => {
  const config = join(root, 'bad.conf');
  await writeFile(config, 'jetstream {');

  await expect(launch({ storeDir: join(root, 'bad'), config })).rejects.toMatchObject({
    code: 'nats.start-failed',
    message: expect.stringContaining('Parse error'),
  });
});

test('says that a binary cannot be started', async () => {
  await expect(
    launch({ storeDir: join(root, 'none'), binary: join(root, 'none-such') }),
  ).rejects.toMatchObject({
    code: 'nats.server-unusable',
  });
});

test('ends a server that never answers, and shows its log', async () => {
  const mute = join(root, 'mute');
  await writeFile(mute, '#!/bin/sh\necho cannot think of anything to say\nexec sleep 60\n', { mode: 0o755 });
  let pid = 0;
  const launching = launch({
    storeDir: join(root, 'mute-store'),
    binary: mute,
    readyMsMax: 300,
    onSpawned: async (spawned) => {
      pid = spawned;
    },
  });

  await expect(launching).rejects.toMatchObject({
    code: 'nats.start-failed',
    message: expect.stringContaining('cannot think of anything to say'),
  });
  expect(await isRunning(pid)).toBe(false);
});

test('takes nobody for a NATS server who only accepts connections', async () => {
  const talker = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
    0,
    '127.0.0.1',
  );
  await new Promise((resolve) => talker.once('listening', resolve));
  onTestFinished(() => void talker.close());
  const { port } = talker.address() as AddressInfo;

  expect(await readServerInfo({ host: '127.0.0.1', port })).toBeUndefined();
});

async function launch(options: Partial<LaunchOptions> & { readonly storeDir: string }) {
  const server = await launchServer({ binary, config: shippedPath('nats.conf'), ...options });
  onTestFinished(() => server.stop());

  return server;
}
