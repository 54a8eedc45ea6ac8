// Where requests of tasks do not go: to this machine and its own network, whatever they are called and whoever sends
// them on, unless the project says so. Method: real servers on this machine that note who comes.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { privateHosts } from '../../src/compose/handlers.ts';
import { isPrivateAddress } from '../../src/http-task/guarded-fetch.ts';
import { createHttpHandler } from '../../src/http-task/http-handler.ts';
import { testAttempt } from '../support/attempt.ts';
import { taskKeys } from '../support/task-keys.ts';

async function server(location?: string) {
  const asked: string[] = [];
  const listening = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (location !== undefined) response.writeHead(307, { location });
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  onTestFinished(() => void listening.close());

  return { asked, port: (listening.address() as AddressInfo).port };
}

async function project(serve?: string, dashboard?: object): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'workflow-hosts-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  if (serve !== undefined) await writeFile(join(dir, 'serve.yaml'), serve);
  await mkdir(join(dir, '.3ox'));
  if (dashboard !== undefined) await writeFile(join(dir, '.3ox/dashboard.json'), JSON.stringify(dashboard));

  return dir;
}

function send(url: string, projectDir: string) {
  const request = { method: 'POST', headers: {}, url };
  const handler = createHttpHandler({ ...taskKeys('call'), type: 'HTTP', request }, privateHosts);

  return handler(testAttempt({ projectDir }));
}

const refused = expect.objectContaining({ code: 'http.private-address' });

test.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['0.0.0.0', true],
  ['10.1.2.3', true],
  ['100.64.0.1', true],
  ['169.254.169.254', true],
  ['172.16.0.1', true],
  ['172.31.255.255', true],
  ['192.168.1.1', true],
  ['198.18.0.1', true],
  ['224.0.0.1', true],
  ['255.255.255.255', true],
  ['::', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['::ffff:10.0.0.1', true],
  ['64:ff9b::7f00:1', true],
  ['2002:7f00:1::', true],
  ['fd00::1', true],
  ['fe80::1', true],
  ['ff02::1', true],
  ['168.63.129.16', true],
  ['::7f00:1', true],
  ['fec0::1', true],
  ['64:ff9b::808:808', false],
  ['2002:808:808::', false],
  ['8.8.8.8', false],
  ['172.32.0.1', false],
  ['100.128.0.1', false],
  ['2606:4700::1111', false],
  ['::ffff:8.8.8.8', false],
  ['example.com', false],
])('%s leads inside: %s', (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate);
});

test.each([
  '127.0.0.1',
  'localhost',
  'LOCALHOST',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '0.0.0.0',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[0:0:0:0:0:ffff:7f00:1]',
  '[::]',
])('a request to %s is refused, and nobody is asked', async (host) => {
  const { asked, port } = await server();

  await expect(send(`http://${host}:${port}/`, await project())).rejects.toEqual(refused);
  expect(asked).toEqual([]);
});

test('what serve.yaml lists is reached, with the port that it says', async () => {
  const [one, other] = [await server(), await server()];
  const dir = await project(`private_hosts: ["127.0.0.1:${one.port}"]\n`);

  expect(await send(`http://127.0.0.1:${one.port}/in`, dir)).toMatchObject({ status: 200 });
  await expect(send(`http://127.0.0.1:${other.port}/`, dir)).rejects.toEqual(refused);
  expect([one.asked, other.asked]).toEqual([['/in'], []]);
});

test('a host that is listed with the port of its protocol is meant without it', async () => {
  const dir = await project('private_hosts: ["localhost:80", "[::1]:443"]\n');

  for (const url of ['http://localhost/', 'https://[::1]/'])
    await expect(privateHosts.allows(new URL(url), dir)).resolves.toBe(true);
  await expect(privateHosts.allows(new URL('https://localhost/'), dir)).resolves.toBe(false);
});

test('a serve.yaml that cannot be used stops requests to hosts inside alone, and is told', async () => {
  const { port } = await server();
  const dir = await project('alerts: [{}]\nprivate_hosts: ["127.0.0.1"]\n');

  await expect(send(`http://127.0.0.1:${port}/`, dir)).rejects.toThrow(/serve\.yaml cannot be used/);
  await expect(send(`http://127.0.0.1:${port}/`, dir)).rejects.toEqual(refused);
});

test('a redirect goes where a request may go, and nowhere else', async () => {
  const inside = await server();
  const door = await server(`http://127.0.0.1:${inside.port}/secret`);
  const dir = await project(`private_hosts: ["127.0.0.1:${door.port}"]\n`);

  await expect(send(`http://127.0.0.1:${door.port}/`, dir)).rejects.toEqual(refused);
  expect([door.asked, inside.asked]).toEqual([['/'], []]);
});

test("the HTTP API of the project's own engines is never reached, whatever serve.yaml lists", async () => {
  const { asked, port } = await server();
  const dashboard = { url: `http://127.0.0.1:${port}`, pid: process.pid };
  const dir = await project('private_hosts: ["127.0.0.1", localhost]\n', dashboard);

  for (const host of ['127.0.0.1', 'localhost'])
    await expect(send(`http://${host}:${port}/api/v1/runs/x/commands`, dir)).rejects.toEqual(refused);
  expect(asked).toEqual([]);
});

test('the refusal says what is meant and what to write where it is meant', async () => {
  await expect(send('http://localhost:81/x?token=hush', await project())).rejects.toThrow(
    /^no request is sent to http:\/\/localhost:81: localhost \(\S+\) is an address of this machine or of its own network; where that is meant, serve\.yaml says private_hosts: \["localhost:81"\]$/,
  );
});
