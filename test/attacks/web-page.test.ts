// A web page that the person visits while they are signed in to the dashboard of this machine. Its browser adds the
// cookie wherever the address fits, and says where the request comes from; a page cannot forge that. Method: the built
// engine, and requests as browsers send them for such pages, with the real cookie of the person.
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Asking, type AttackedProject, natsPortOf, openAttacked } from './attacked-project.ts';

vi.setConfig({ testTimeout: 120_000 });

let project: AttackedProject;
let cookie = '';
let usedCode = '';

beforeAll(async () => {
  project = await openAttacked();
  const { stdout } = await project.cli('token', '--link');
  usedCode = stdout.trim().split('#')[1] ?? '';
  const opened = await project.ask('/api/v1/session', { body: { token: usedCode } });
  expect(opened.status, opened.text).toBe(200);
  cookie = opened.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  // What is refused below is what lets the person in.
  expect((await project.ask('/api/v1/runs', { headers: { cookie } })).status).toBe(200);
}, 240_000);
afterAll(() => project?.close(), 120_000);

const start = { definition: 'gate', input: {} };
const form = 'application/x-www-form-urlencoded';
const port = () => new URL(project.url).port;

type Page = readonly [name: string, path: string, asking: (cookie: string) => Asking, code: string];

const pages: readonly Page[] = [
  [
    'posts JSON from another site',
    '/api/v1/runs',
    () => ({ body: start, headers: { origin: 'https://evil.example' } }),
    'http.origin',
  ],
  [
    'posts from a frame without an origin',
    '/api/v1/runs',
    () => ({ body: start, headers: { origin: 'null' } }),
    'http.origin',
  ],
  [
    'posts from another port of this machine',
    '/api/v1/runs',
    () => ({ body: start, headers: { origin: 'http://127.0.0.1:8000' } }),
    'http.origin',
  ],
  [
    'posts from the same host by another name',
    '/api/v1/runs',
    () => ({ body: start, headers: { origin: `http://localhost:${port()}` } }),
    'http.origin',
  ],
  [
    'posts as a site that is the same but for the port',
    '/api/v1/runs',
    () => ({ body: start, headers: { 'sec-fetch-site': 'same-site' } }),
    'http.origin',
  ],
  [
    'sends a form',
    '/api/v1/runs',
    () => ({ body: 'definition=gate', headers: { 'content-type': form, origin: 'https://evil.example' } }),
    'http.origin',
  ],
  [
    'sends a form from a browser that says no origin',
    '/api/v1/runs',
    () => ({ body: 'definition=gate', headers: { 'content-type': form } }),
    'http.media-type',
  ],
  [
    'sends JSON as plain text, which needs no preflight',
    '/api/v1/runs',
    () => ({ body: JSON.stringify(start), headers: { 'content-type': 'text/plain' } }),
    'http.media-type',
  ],
  [
    'sends a form with files',
    '/api/v1/runs',
    () => ({ body: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } }),
    'http.media-type',
  ],
  [
    'approves in the name of its visitor',
    '/api/v1/runs/@last/commands',
    () => ({ body: { kind: 'approve', task: 'sign' }, headers: { 'sec-fetch-site': 'cross-site' } }),
    'http.origin',
  ],
  [
    'reads the runs by fetch',
    '/api/v1/runs',
    () => ({ headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' } }),
    'http.origin',
  ],
  [
    'reads the runs as a script',
    '/api/v1/runs',
    () => ({ headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'script' } }),
    'http.origin',
  ],
  [
    'reads the runs as a picture',
    '/api/v1/runs',
    () => ({ headers: { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'image' } }),
    'http.origin',
  ],
  [
    'listens to the stream',
    '/api/v1/stream',
    () => ({ headers: { origin: 'https://evil.example', accept: 'text/event-stream' } }),
    'http.origin',
  ],
  [
    'signs its visitor in as somebody else',
    '/api/v1/session',
    () => ({ body: { token: usedCode }, headers: { origin: 'https://evil.example' } }),
    'http.origin',
  ],
  [
    'signs its visitor out',
    '/api/v1/session',
    () => ({ method: 'DELETE', headers: { 'sec-fetch-site': 'cross-site' } }),
    'http.origin',
  ],
  [
    'sends an event to a hook',
    '/hooks/x',
    () => ({ body: {}, headers: { origin: 'https://evil.example' } }),
    'http.origin',
  ],
  [
    'has its own name lead to this machine',
    '/api/v1/runs',
    () => ({ headers: { host: 'evil.example' } }),
    'http.host',
  ],
  [
    'has its own name lead here, with the port',
    '/api/v1/runs',
    () => ({ headers: { host: `evil.example:${port()}` } }),
    'http.host',
  ],
  [
    'has a name that begins like this machine',
    '/api/v1/runs',
    () => ({ headers: { host: `127.0.0.1.evil.example:${port()}` } }),
    'http.host',
  ],
  [
    'has a name that ends like this machine',
    '/api/v1/runs',
    () => ({ headers: { host: 'evil.localhost' } }),
    'http.host',
  ],
  [
    'rebinds its name and starts a run',
    '/api/v1/runs',
    () => ({ body: start, headers: { host: 'evil.example', origin: 'http://evil.example' } }),
    'http.host',
  ],
  [
    'rebinds its name and signs in by a code',
    '/api/v1/session',
    () => ({ body: { token: usedCode }, headers: { host: 'evil.example', origin: 'http://evil.example' } }),
    'http.host',
  ],
  [
    'asks by the address that means every address',
    '/api/v1/runs',
    () => ({ headers: { host: `0.0.0.0:${port()}` } }),
    'http.host',
  ],
  [
    'hides the path of the API',
    '/%61pi/v1/runs',
    () => ({ body: start, headers: { origin: 'https://evil.example' } }),
    'http.origin',
  ],
  [
    'hides a write in a read',
    '/api/v1/runs?_method=POST',
    () => ({ headers: { 'x-http-method-override': 'POST', origin: 'https://evil.example' } }),
    'http.origin',
  ],
];

test.each(pages)('a page %s', async (_name, path, asking, code) => {
  const { headers, ...more } = asking(cookie);
  const told = await project.ask(path, { ...more, headers: { cookie, ...headers } });

  expect(JSON.parse(told.text)).toMatchObject({ code });
  expect(told.headers).not.toHaveProperty('set-cookie');
});

test('a page asks beforehand whether it may, and no answer says so', async () => {
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
  const told = await project.ask('/api/v1/runs', { method: 'OPTIONS', headers });

  expect(Object.keys(told.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

test('a page shows the dashboard in a frame, or opens it to reach into it', async () => {
  const { headers } = await project.ask('/', { headers: { cookie } });

  expect(headers).toMatchObject({
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
  });
});

test('a page opens a web socket', async () => {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'x',
  };
  const told = await project.ask('/api/v1/stream', {
    headers: { ...headers, origin: 'https://evil.example', cookie },
  });

  expect(told.status).toBe(403);
});

test('a page finds the link in the history and opens it once more', async () => {
  const again = await project.ask('/api/v1/session', { body: { token: usedCode } });

  expect(again.status).toBe(401);
});

test.each([
  ['of another time', (code: string) => `c1${code.slice(2)}`],
  ['as a session', (code: string) => `s${code.slice(1)}`],
  ['without a signature', (code: string) => code.slice(0, 14)],
])('a page makes a code of one that was used: %s', async (_name, made) => {
  expect((await project.ask('/api/v1/session', { body: { token: made(usedCode) } })).status).toBe(401);
});

test('a script of a page reads the cookie, or has it sent along from elsewhere', async () => {
  const { stdout } = await project.cli('token', '--link');
  const token = stdout.trim().split('#')[1];
  const { headers } = await project.ask('/api/v1/session', { body: { token } });
  const owner = (await project.asOwner('/openapi.json')).status;

  expect(headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict$/);
  // The cookie is no token: who got hold of it by another port of this machine cannot use it as one, nor for ever.
  const stolen = headers['set-cookie']?.[0]?.split(/[=;]/)[1] ?? '';
  expect((await project.ask('/api/v1/runs', { headers: { authorization: `Bearer ${stolen}` } })).status).toBe(
    401,
  );
  expect(owner).toBe(200);
});

test('a page posts commands of NATS to the port of the server', async () => {
  const body = 'CONNECT {"verbose":false}\r\nPUB wf.default.run.x 2\r\n{}\r\n';
  const socket = connect(await natsPortOf(project.folder), '127.0.0.1');
  let said = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  socket.on('error', () => undefined);
  socket.write(
    `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await expect.poll(() => said, { timeout: 10_000 }).toContain('-ERR');
  await expect.poll(() => socket.destroyed || socket.readableEnded, { timeout: 10_000 }).toBe(true);
});

test('after all that, everything stands as it stood', async () => {
  await project.isUntouched();
});
