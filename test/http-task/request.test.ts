// What a template renders to may come from anywhere. These tests pin down that it cannot make another request of the
// one that was meant, and which bodies are sent how. Method: a real server; what is refused must not reach it.
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { startLocalServer } from './local-server.ts';
import { failureOf, send } from './send.ts';

test.each<[Json]>([
  ['file:///etc/passwd'],
  ['ftp://127.0.0.1/'],
  ['javascript:alert(1)'],
  ['/relative'],
  ['http://'],
  ['http://user:password@127.0.0.1/'],
  ['http://127.0.0.1/a\r\nb'],
  ['http://127.0.0.1/\u0000'],
  ['http://127.0.0.1:6000/'],
  [null],
  [7],
])('refuses the address %j for good', async (url) => {
  const failure = await failureOf(send({ url: 'x' }, { render: () => url }));

  expect(failure).toMatchObject({ code: 'http.bad-url', retryable: false });
  expect(failure.message).not.toContain('password@');
});

test.each<[string, Json]>([
  ['x-a', 'secret\r\nx-b: 1'],
  ['x-a', 'secret\n'],
  ['x-a', '\u0000'],
  ['x-a', 'secret ☃'],
  ['x-a', { a: 1 }],
  ['x-a', null],
  ['x-a\r\nx-b', '1'],
  ['x a', '1'],
  ['', '1'],
  ['Content-Length', '0'],
  ['Transfer-Encoding', 'chunked'],
  ['connection', 'close'],
  ['Upgrade', 'h2c'],
  ['expect', '100-continue'],
])('refuses the header %j with the value %j before anything is sent', async (name, value) => {
  const server = await startLocalServer((response) => response.end());
  const failure = await failureOf(send({ url: server.url, method: 'POST', headers: { [name]: value } }));

  expect(failure).toMatchObject({ code: 'http.bad-header', retryable: false });
  expect(failure.message).not.toContain('secret');
  expect(server.received).toEqual([]);
});

test.each<[Json, Readonly<Record<string, string>>, string, string | undefined]>([
  [{ a: [1, null] }, {}, '{"a":[1,null]}', 'application/json'],
  [[], {}, '[]', 'application/json'],
  [false, {}, 'false', 'application/json'],
  ['plain', {}, 'plain', 'text/plain; charset=utf-8'],
  ['{"a":1}', { 'content-type': 'application/json' }, '{"a":1}', 'application/json'],
  [{ a: 1 }, { 'content-type': 'application/ld+json' }, '{"a":1}', 'application/ld+json'],
  [
    { grant: 'a b&c', n: 1, gone: null },
    { 'Content-Type': 'application/x-www-form-urlencoded' },
    'grant=a+b%26c&n=1',
    'application/x-www-form-urlencoded',
  ],
  [null, {}, '', undefined],
])('sends the body %j with %j as %j', async (body, headers, sent, type) => {
  const server = await startLocalServer((response) => response.end());
  await send({ url: server.url, method: 'PUT', headers, body });

  expect(server.received[0]?.body).toBe(sent);
  expect(server.received[0]?.headers['content-type']).toBe(type);
});

test.each<[string, Json, string]>([
  ['POST', { a: 1 }, 'application/xml'],
  ['POST', ['a'], 'application/x-www-form-urlencoded'],
  ['POST', { a: { b: 1 } }, 'application/x-www-form-urlencoded'],
  ['GET', { a: 1 }, 'application/json'],
  ['HEAD', 'text', 'text/plain'],
])('refuses to send with %s the body %j as %s', async (method, body, type) => {
  const server = await startLocalServer((response) => response.end());
  const attempt = send({ url: server.url, method, headers: { 'content-type': type }, body });

  expect(await failureOf(attempt)).toMatchObject({ code: 'http.bad-body', retryable: false });
  expect(server.received).toEqual([]);
});
