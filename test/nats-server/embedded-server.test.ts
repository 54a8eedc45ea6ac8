// A project has one server, however many commands want it at once, and it outlives the command that started it.
// Method: real server processes in temporary projects, and where the promise is about several commands, several
// real processes of ours.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { isRunning } from '../../src/files/process-here.ts';
import {
  ensureEmbeddedServer,
  isServerUp,
  stopEmbeddedServer,
  stopUnusedServer,
} from '../../src/nats-server/embedded-server.ts';
import { findServer } from '../../src/nats-server/provision-server.ts';
import { runningServers } from '../../src/nats-server/running-servers.ts';
import { hasArgument, stopProcess } from '../../src/nats-server/server-process.ts';
import { askOtherClients, dial } from '../../src/stores/jetstream/connection/dial.ts';
import { type CompiledAdapter, compileAdapter } from './child-program.ts';

let adapter: CompiledAdapter;

beforeAll(async () => {
  await findServer({ env: process.env });
  adapter = await compileAdapter();
});
afterAll(() => adapter.remove());

test('three commands at once get the same server, and it outlives them', async () => {
  const projectDir = await project();
  const gate = await project();
  const program = `
    import { readdirSync, writeFileSync } from 'node:fs';
    import { ensureEmbeddedServer } from './embedded-server.js';
    // All three have loaded their modules before one of them begins.
    writeFileSync(${JSON.stringify(gate)} + '/' + process.pid, '');
    while (readdirSync(${JSON.stringify(gate)}).length < 3);
    const server = await ensureEmbeddedServer({ projectDir: ${JSON.stringify(projectDir)}, env: process.env });
    console.log(JSON.stringify(server));
  `;

  const printed = await Promise.all([adapter.run(program), adapter.run(program), adapter.run(program)]);

  const servers = printed.map((text) => JSON.parse(text) as { url: string; pid: number; started: boolean });
  expect(new Set(servers.map(({ pid }) => pid)).size).toBe(1);
  expect(servers.filter(({ started }) => started)).toHaveLength(1);
  const again = await ensureEmbeddedServer({ projectDir, env: process.env });
  expect(again).toMatchObject({ pid: servers[0]?.pid, url: servers[0]?.url, started: false });
});

test('five calls at once in one process get the same server', async () => {
  const projectDir = await project();

  const servers = await Promise.all(
    Array.from({ length: 5 }, () => ensureEmbeddedServer({ projectDir, env: process.env })),
  );

  expect(new Set(servers.map(({ pid }) => pid)).size).toBe(1);
  expect(servers.filter(({ started }) => started)).toHaveLength(1);
});

test('a copy of a project has a server of its own, and leaves that of the other one alone', async () => {
  const projectDir = await project();
  const copy = await project();
  const first = await ensureEmbeddedServer({ projectDir, env: process.env });
  await cp(join(projectDir, '.3ox'), join(copy, '.3ox'), { recursive: true });

  expect(await isServerUp(copy)).toBe(false);
  expect(await stopEmbeddedServer(copy)).toBe('not-running');
  await cp(join(projectDir, '.3ox'), join(copy, '.3ox'), { recursive: true });
  const second = await ensureEmbeddedServer({ projectDir: copy, env: process.env });
  expect(second).toMatchObject({ started: true });
  expect(second.url).not.toBe(first.url);
  expect(await ensureEmbeddedServer({ projectDir, env: process.env })).toMatchObject({
    ...{ pid: first.pid, started: false },
  });
  expect(await stopEmbeddedServer(copy)).toBe('stopped');
});

test('a server that was killed is replaced, and its store is kept', async () => {
  const projectDir = await project();
  const first = await ensureEmbeddedServer({ projectDir, env: process.env });
  const before = await connect({ servers: first.url, ...first.login() });
  const admin = await jetstreamManager(before);
  await admin.streams.add({ name: 'kept', subjects: ['kept.>'] });
  await admin.jetstream().publish('kept.one', 'still here');
  await before.close();

  process.kill(first.pid, 'SIGKILL');
  const second = await ensureEmbeddedServer({ projectDir, env: process.env });

  expect(second.started).toBe(true);
  const after = await connect({ servers: second.url, ...second.login() });
  onTestFinished(() => after.close());
  const message = await (await jetstreamManager(after)).streams.getMessage('kept', { seq: 1 });
  expect(message?.string()).toBe('still here');
});

test.each(['killed', 'stopped'])('a server that was %s comes back on the same port', async (how) => {
  const projectDir = await project();
  const first = await ensureEmbeddedServer({ projectDir, env: process.env });
  if (how === 'killed') process.kill(first.pid, 'SIGKILL');
  else await stopEmbeddedServer(projectDir);

  expect(await ensureEmbeddedServer({ projectDir, env: process.env })).toMatchObject({
    started: true,
    url: first.url,
  });
});

test('takes a free port when its last one was given to another program', async () => {
  const projectDir = await project();
  const first = await ensureEmbeddedServer({ projectDir, env: process.env });
  await stopEmbeddedServer(projectDir);
  const stranger = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
  await once(stranger, 'listening');
  onTestFinished(() => void stranger.close());

  const second = await ensureEmbeddedServer({ projectDir, env: process.env });

  expect(second.started).toBe(true);
  expect(second.url).not.toBe(first.url);
});

test('notes where the server is, and has no monitor', async () => {
  const projectDir = await project();

  const server = await ensureEmbeddedServer({ projectDir, env: process.env });

  const { pid, url } = server;
  expect(server.monitorUrl).toBeUndefined();
  expect(await recordOf(projectDir)).toMatchObject({
    pid,
    url,
    port: Number(new URL(url).port),
    startedAt: expect.stringMatching(/^\d{4}-/),
    binary: expect.stringContaining('nats-server'),
  });
});

test('stop ends it, and says so when there is nothing to end', async () => {
  const projectDir = await project();
  expect(await stopEmbeddedServer(projectDir)).toBe('not-running');
  expect(existsSync(join(projectDir, '.3ox'))).toBe(false);
  const { pid } = await ensureEmbeddedServer({ projectDir, env: process.env });

  expect(await stopEmbeddedServer(projectDir)).toBe('stopped');

  expect(await isRunning(pid)).toBe(false);
  expect(await stopEmbeddedServer(projectDir)).toBe('not-running');
});

test('whoever brought it up leaves it to others that are connected, whichever path led to it', async () => {
  const projectDir = await project();
  const link = join(await project(), 'link');
  await symlink(projectDir, link);
  const { url, login, pid } = await ensureEmbeddedServer({ projectDir: link, env: process.env });
  expect([await isServerUp(projectDir), await isServerUp(link)]).toEqual([true, true]);
  expect(await ensureEmbeddedServer({ projectDir, env: process.env })).toMatchObject({ pid, started: false });
  const own = await dial({ url, login });
  const other = await connect({ servers: url, authenticator: login });
  expect(await stopUnusedServer(link, askOtherClients)).toBe('in-use');
  expect(await isRunning(pid)).toBe(true);

  await other.close();
  expect(await stopUnusedServer(link, askOtherClients)).toBe('stopped');
  expect(await isRunning(pid)).toBe(false);
  await own.connection.close();
  expect(await stopUnusedServer(link, askOtherClients)).toBe('not-running');
});

test('the server of a project that was removed is listed, and stopped by what was listed', async () => {
  const projectDir = await project();
  const { pid } = await ensureEmbeddedServer({ projectDir, env: process.env });
  onTestFinished(() => stopProcess(pid));
  await rm(projectDir, { recursive: true });
  expect(await listed(projectDir)).toEqual([pid]);

  expect(await stopEmbeddedServer(projectDir, process.pid)).toBe('not-running');
  expect(await stopEmbeddedServer(projectDir, pid)).toBe('stopped');

  expect(await isRunning(pid)).toBe(false);
  expect(await listed(projectDir)).toEqual([]);
});

test('a program that only reads the folder of a server is not listed as one', async () => {
  const projectDir = await project();
  const reader = spawn('sh', ['-c', 'read line', 'sh', join(projectDir, '.3ox/nats/store')]);
  onTestFinished(() => void reader.kill());
  await once(reader, 'spawn');

  expect(await listed(projectDir)).toEqual([]);
});

async function listed(projectDir: string): Promise<readonly number[]> {
  return (await runningServers()).filter((each) => each.projectDir === projectDir).map(({ pid }) => pid);
}

test('does not mistake another program for its server when the pid was given away', async () => {
  const projectDir = await project();
  const first = await ensureEmbeddedServer({ projectDir, env: process.env });
  await stopEmbeddedServer(projectDir);
  const stranger = {
    pid: process.pid,
    name: '3ox-gone',
    binary: 'x',
    startedAt: 'x',
    port: 1,
    url: first.url,
  };
  await writeFile(recordPath(projectDir), JSON.stringify(stranger));

  const second = await ensureEmbeddedServer({ projectDir, env: process.env });

  expect(second.started).toBe(true);
  expect(second.pid).not.toBe(process.pid);
});

test("does not take another project's server for its own when the port was given away", async () => {
  const [projectDir, other] = [await project(), await project()];
  const { pid } = await ensureEmbeddedServer({ projectDir, env: process.env });
  const { pid: otherPid } = await ensureEmbeddedServer({ projectDir: other, env: process.env });
  process.kill(pid, 'SIGKILL');
  const { port, url, pid: recorded } = await recordOf(other);
  await writeFile(
    recordPath(projectDir),
    JSON.stringify({ ...(await recordOf(projectDir)), port, url, pid: recorded }),
  );

  const second = await ensureEmbeddedServer({ projectDir, env: process.env });

  expect(second).toMatchObject({ started: true });
  expect(second.pid).not.toBe(otherPid);
  expect(await isRunning(otherPid)).toBe(true);
});

test.each([
  ['is lost', undefined],
  ['is damaged', '{"pid":'],
])('never runs two servers on one store, even when the note of the first %s', async (_, damage) => {
  const projectDir = await project();
  const first = await ensureEmbeddedServer({ projectDir, env: process.env });
  if (damage === undefined) await rm(recordPath(projectDir));
  else await writeFile(recordPath(projectDir), damage);

  const second = await ensureEmbeddedServer({ projectDir, env: process.env });

  expect(await isRunning(first.pid)).toBe(false);
  expect(await hasArgument(second.pid, join(projectDir, '.3ox/nats/store'))).toBe(true);
});

test('a command that died holding the lock does not block the next', async () => {
  const projectDir = await project();
  await ensureEmbeddedServer({ projectDir, env: process.env });
  await stopEmbeddedServer(projectDir);
  const dead = await adapter.run('console.log(process.pid)');
  await writeFile(join(projectDir, '.3ox/nats/server.lock'), `${dead} token\n`);

  expect(await ensureEmbeddedServer({ projectDir, env: process.env })).toMatchObject({ started: true });
});

async function project(): Promise<string> {
  const projectDir = await mkdtemp(join(tmpdir(), 'workflow-project-'));
  onTestFinished(async () => {
    await stopEmbeddedServer(projectDir);
    await rm(projectDir, { recursive: true, force: true });
  });

  return projectDir;
}

function recordPath(projectDir: string): string {
  return join(projectDir, '.3ox/nats/server.json');
}

async function recordOf(projectDir: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(recordPath(projectDir), 'utf8')) as Record<string, unknown>;
}
