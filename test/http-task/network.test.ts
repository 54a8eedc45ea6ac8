// A request may get no answer at all. These tests pin down that the attempt ends, says why, and leaves nothing behind.
// Method: real servers that hang, hang up, or are not there.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { startLocalServer } from './local-server.ts';
import { failureOf, send } from './send.ts';

test.each<[string, (response: ServerResponse) => unknown]>([
  ['never begins', () => undefined],
  ['never ends', (response) => response.write('begun')],
  ['fails and never ends', (response) => response.writeHead(500).write('begun')],
])('an answer that %s ends with the time-out of the request', async (_what, answer) => {
  let hungUp: Promise<unknown> | undefined;
  const { url } = await startLocalServer((response) => {
    hungUp = once(response, 'close');
    answer(response);
  });

  expect(await failureOf(send({ url, timeoutMs: 200 }))).toMatchObject({
    code: 'http.timeout',
    retryable: true,
    details: { timeout_ms: 200 },
  });
  await hungUp;
});

test('a time-out longer than timers can wait is no time-out of nothing', async () => {
  const { url } = await startLocalServer((response) => setImmediate(() => response.end('there')));

  expect(await send({ url, timeoutMs: 2 ** 32 })).toMatchObject({ status: 200 });
});

test('the end of the attempt ends the request', async () => {
  const attempt = new AbortController();
  let hungUp: Promise<unknown> | undefined;
  const { url } = await startLocalServer((response) => {
    hungUp = once(response, 'close');
    attempt.abort();
  });

  expect(await failureOf(send({ url, timeoutMs: 60_000 }, { signal: attempt.signal }))).toMatchObject({
    code: 'http.cancelled',
    retryable: true,
  });
  await hungUp;
});

test('an attempt that is over already sends nothing', async () => {
  const server = await startLocalServer((response) => response.end());

  expect(await failureOf(send({ url: server.url }, { signal: AbortSignal.abort() }))).toMatchObject({
    code: 'http.cancelled',
  });
  expect(server.received).toEqual([]);
});

test.each<[string, (response: ServerResponse) => unknown]>([
  ['before it answers', (response) => response.destroy()],
  [
    'in the middle of its answer',
    (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('begun', () => response.destroy());
    },
  ],
])('another attempt may help against a server that hangs up %s', async (_when, answer) => {
  const { url } = await startLocalServer(answer);

  expect(await failureOf(send({ url }))).toMatchObject({
    code: 'http.network',
    retryable: true,
    details: { reason: 'UND_ERR_SOCKET' },
  });
});

test('another attempt may help against a server that is not there', async () => {
  const failure = await failureOf(send({ url: `http://127.0.0.1:${await unusedPort()}/a?token=secret` }));

  expect(failure).toMatchObject({
    code: 'http.network',
    retryable: true,
    details: { reason: 'ECONNREFUSED' },
  });
  expect(failure.message).toMatch(
    /^GET http:\/\/127\.0\.0\.1:\d+\/a failed on the way: connect ECONNREFUSED/,
  );
});

test('another attempt may help against a server that speaks no HTTP', async () => {
  const server = createServer((socket) => socket.end('SSH-2.0-example\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  expect(await failureOf(send({ url: `http://127.0.0.1:${port}` }))).toMatchObject({
    code: 'http.network',
    retryable: true,
  });
  server.close();
});

/** A port that the system just gave away and took back. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');

  return port;
}
