// What the HTTP API does about requests that mean harm: other sites in the browser of a visitor, names that were made
// to lead here, paths and bodies that are none, and clients that hold on. Method: the whole API on a port of its own,
// and sockets that send exactly what is written here.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { openServer } from './api-server.ts';

type Server = Awaited<ReturnType<typeof openServer>>;

async function socketTo({ port }: Server): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.on('error', () => undefined);

  return socket;
}

/** The whole answer to what is written, and the end of the connection. */
async function raw(server: Server, written: string): Promise<string> {
  const socket = await socketTo(server);
  socket.write(written);

  return text(socket);
}

const startOf = (host: string) => ({ body: { definition: 'x' }, headers: { host } });

test('a name that somebody made lead here is refused, whatever is asked', async () => {
  const server = await openServer();
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'localhost@evil'])
    expect((await server.ask('/api/v1/runs', startOf(host))).status, host).toBe(421);
  for (const host of [`localhost:${server.port}`, '127.0.0.1', '[::1]:1', 'LOCALHOST'])
    expect((await server.ask('/api/v1/runs', { headers: { host } })).status, host).toBe(200);
  expect(await raw(server, 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 421 /,
  );
  const refused = await server.ask('/', { headers: { host: 'evil.example' } });
  expect(refused.text).toContain('http.host');
  expect(refused.headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
  expect(refused.headers['content-security-policy']).toContain("default-src 'none'");
});

test('another site cannot ask for anything in the name of its visitor, not even from another port of this machine', async () => {
  const server = await openServer();
  const foreign = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `http://127.0.0.1:${server.port + 1}` },
    { origin: `http://127.0.0.1:${server.port}.evil.example` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of foreign) {
    for (const path of ['/api/v1/runs', '/api/v1/session', '/api/v1/runs/bulk'])
      expect((await server.ask(path, { body: {}, headers })).body).toMatchObject({ code: 'http.origin' });
    expect((await server.ask('/api/v1/stream', { headers })).status).toBe(403);
    expect((await server.ask('/api/v1/runs', { method: 'OPTIONS', headers })).status).toBe(403);
  }
  const own = { origin: `http://127.0.0.1:${server.port}`, 'sec-fetch-site': 'same-origin' };
  expect((await server.ask('/api/v1/runs', { body: { definition: 'x' }, headers: own })).status).toBe(404);
});

test('a body is JSON or is not taken: a form of another site needs no leave to send other types', async () => {
  const { ask } = await openServer();
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
  ])
    expect((await ask('/api/v1/runs', { body: '{}', headers: { 'content-type': type } })).status).toBe(415);
  const packed = { 'content-encoding': 'gzip' };
  expect((await ask('/api/v1/runs', { body: {}, headers: packed })).status).toBe(415);
  const hidden = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' };
  expect((await ask('/api/v1/session', { headers: hidden })).headers['set-cookie']).toBeUndefined();
});

test('a path that leads anywhere but to a name is refused', async () => {
  const { ask, port } = await openServer();
  const tricks = [
    '/../etc/passwd',
    '/assets/../../x',
    '/%2e%2e/x',
    '/assets/%2e%2e%2fx',
    '/a%00b',
    '/a%0d%0ab',
    '/..\\x',
  ];
  for (const path of [...tricks, '/%', '/%ff', `/${'a'.repeat(9_000)}`])
    expect((await ask(path)).status, path.slice(0, 40)).toBe(400);
  expect((await ask(`http://127.0.0.1:${port}/api/v1/session`)).status).toBe(400);
});

test('a body that is no JSON, or is nested too deep, says so and harms nobody', async () => {
  const { ask } = await openServer();
  for (const body of ['{', '[', 'nul', '{"a":1}}', '['.repeat(200_000), `${'['.repeat(70)}${']'.repeat(70)}`])
    expect((await ask('/api/v1/runs', { body })).body, body.slice(0, 20)).toMatchObject({
      code: 'http.json',
    });
  const poisoned = '{"definition":"x","__proto__":{"readOnly":true}}';
  expect((await ask('/api/v1/runs', { body: poisoned })).status).toBe(400);
  expect((await ask('/api/v1/session')).body).toMatchObject({ readOnly: false });
});

test('a body that is too large is refused, whether its length is said, kept back or untrue', async () => {
  const server = await openServer();
  const large = `"${'a'.repeat(1024 * 1024)}"`;
  const chunked = { 'transfer-encoding': 'chunked' };

  expect((await server.ask('/api/v1/runs', { body: large })).body).toMatchObject({ code: 'http.too-large' });
  expect((await server.ask('/api/v1/runs', { body: large, headers: chunked })).status).toBe(413);
  const definition = JSON.stringify({ text: 'a'.repeat(513 * 1024), file: 'x.yaml' });
  expect((await server.ask('/api/v1/definitions/check', { body: definition })).status).toBe(413);
  // The server may have read enough of it to answer before all of it was sent.
  const told = await raw(
    server,
    'POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n' +
      `Authorization: Bearer ${await server.deps.owner.token()}\r\nContent-Length: 99999999\r\n\r\n{}`,
  );
  expect(told).toMatch(/^HTTP\/1\.1 413 /);
});

test('two lengths for one body, and a line that holds another, are no request', async () => {
  const server = await openServer();
  const start = 'POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

  expect(
    await raw(server, `${start}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
  ).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(server, `${start}X: a\rSet-Cookie: b\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(server, 'GET /api/v1/session HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(server, `${start}X: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
});

test('what was sent comes back as JSON only, never as a page', async () => {
  const { ask } = await openServer();
  const script = '<script>alert(1)</script>';
  for (const path of [
    `/api/v1/runs/${encodeURIComponent(script)}`,
    `/api/v1/${encodeURIComponent(script)}`,
  ]) {
    const answer = await ask(path);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  }
  const { headers } = await ask(`/api/v1/runs/${encodeURIComponent('x\r\nSet-Cookie: a=b')}`);
  expect(headers['set-cookie']).toBeUndefined();
});

test('a body that does not come is not waited for', async () => {
  const server = await openServer({ requestMsMax: 300 });
  const answer = await raw(
    server,
    'POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{',
  );

  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect((await server.ask('/healthz')).status).toBe(200);
});

test('whoever leaves in the middle of a body is no trouble that somebody has to read about', async () => {
  const server = await openServer();
  for (const length of ['Content-Length: 20', 'Transfer-Encoding: chunked']) {
    const socket = await socketTo(server);
    const head = `POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${length}`;
    const closed = once(socket, 'close');
    socket.end(`${head}\r\n\r\n1\r\n{`);
    socket.resume();
    await closed;
  }

  expect((await server.ask('/healthz')).status).toBe(200);
  expect(server.troubles).toEqual([]);
});

test('who asks too much is told when to ask again', async () => {
  const { ask } = await openServer({ requests: { burst: 5, perSecond: 0.01 } });
  const asked = await Promise.all(Array.from({ length: 8 }, () => ask('/api/v1/session')));

  expect(asked.filter(({ status }) => status === 200)).toHaveLength(5);
  expect(asked.find(({ status }) => status === 429)?.headers['retry-after']).toBe('100');
});

test("two hundred who only listen are in nobody's way, and do not hold the end up", async () => {
  const server = await openServer();
  const owner = `Authorization: Bearer ${await server.deps.owner.token()}\r\n`;
  const listen = async (): Promise<Socket> => {
    const socket = await socketTo(server);
    socket.write(
      `GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n${owner}Accept: text/event-stream\r\n\r\n`,
    );
    const [head] = await once(socket, 'data');
    expect(String(head)).toMatch(/^HTTP\/1\.1 200 /);
    return socket;
  };
  const sockets = await Promise.all(Array.from({ length: 200 }, listen));

  expect((await server.ask('/api/v1/runs')).status).toBe(200);
  const ended = sockets.map((socket) => once(socket, 'close'));
  for (const socket of sockets) socket.resume();
  await server.close();
  await Promise.all(ended);
});
