// `workflow serve` as a person starts it: where its dashboard is, who is let in, and that it ends in good time whoever
// looks on. Method: the built program as processes of their own, asked over HTTP.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { ownerHeaders } from './owner.ts';
import { builtCli, runProgram, smallStation } from './station.ts';

type Served = { readonly child: ChildProcess; readonly said: () => string; readonly url: string };

let server: TestServer;
let station: string;

beforeAll(async () => {
  server = await startTestServer();
  station = await smallStation();
});
afterAll(async () => {
  await server.stop();
  await rm(station, { recursive: true, force: true });
});

const environment = () => ({ ...process.env, NATS_URL: server.url });

async function serve(...flags: readonly string[]): Promise<Served> {
  const child = spawn(
    process.execPath,
    [builtCli, 'serve', '--project', station, '--drain', '0s', ...flags],
    {
      env: environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await expect.poll(() => said, { timeout: 60_000 }).toContain('engine ready');
  const [, url = ''] = /dashboard on (http:\/\/[^\s/]+)/.exec(said) ?? [];

  return { child, said: () => said, url };
}

async function end({ child }: Served): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
}

const dashboardFile = () => readFile(join(station, '.3ox', 'dashboard.json'), 'utf8');

test('the dashboard is there, says so, is written down, and is forgotten at the end', async () => {
  const served = await serve('--http', '127.0.0.1:0');

  expect(JSON.parse(await dashboardFile())).toMatchObject({ url: served.url, pid: served.child.pid });
  const asked = await fetch(`${served.url}/api/v1/session`, { headers: await ownerHeaders(station) });
  expect(await asked.json()).toMatchObject({ isSignedIn: true });
  expect(await (await fetch(`${served.url}/runs`)).text()).toContain('<div id="root">');
  await expect.poll(async () => (await fetch(`${served.url}/readyz`)).status).toBe(200);
  await end(served);
  await expect(dashboardFile()).rejects.toMatchObject({ code: 'ENOENT' });
}, 60_000);

test('of two engines on one project each is written down as long as it runs', async () => {
  const first = await serve('--http', '0');
  const second = await serve('--http', '0');

  expect(JSON.parse(await dashboardFile())).toMatchObject({ url: second.url, others: [{ url: first.url }] });
  await end(second);
  const left = JSON.parse(await dashboardFile());
  expect(left).toMatchObject({ url: first.url, pid: first.child.pid });
  expect(left.others).toBeUndefined();
  await end(first);
  await expect(dashboardFile()).rejects.toMatchObject({ code: 'ENOENT' });
}, 60_000);

test('it ends in good time while browsers listen to what happens', async () => {
  const served = await serve('--http', '0');
  const headers = await ownerHeaders(station);
  const streams = await Promise.all(
    Array.from({ length: 5 }, () => fetch(`${served.url}/api/v1/stream`, { headers })),
  );
  const read = streams.map((stream) => stream.text().catch(() => 'cut off'));
  await end(served);
  await Promise.all(read);
}, 60_000);

test('a port that is asked for and taken is an error, with what helps', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as { readonly port: number };
  const refused = await runProgram(builtCli, ['serve', '--http', `${port}`], {
    cwd: station,
    env: { NATS_URL: server.url },
  });

  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`127.0.0.1:${port} is taken by another program`);
  expect(refused.stderr).toContain('take one that is free: --http 0');
}, 60_000);

test('it asks for a token, wherever it is bound to, and takes one that is made while it runs', async () => {
  const served = await serve('--http', '0.0.0.0:0');
  const url = served.url.replace('0.0.0.0', '127.0.0.1');
  expect((await fetch(`${url}/api/v1/runs`)).status).toBe(401);
  const { stdout } = await runProgram(builtCli, ['tokens', 'add', 'ada'], {
    cwd: station,
    env: { NATS_URL: server.url },
  });
  const headers = { authorization: `Bearer ${stdout.trim()}` };

  expect((await fetch(`${url}/api/v1/runs`, { headers })).status).toBe(200);
  await end(served);
}, 60_000);

test('without --http there is none where --no-http is said', async () => {
  const served = await serve('--no-http');

  expect(served.url).toBe('');
  await expect(dashboardFile()).rejects.toMatchObject({ code: 'ENOENT' });
  await end(served);
}, 60_000);
