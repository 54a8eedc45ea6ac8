// The body of an answer becomes part of a run. These tests pin down what it becomes, and that no server can make it
// larger than we take. Method: a real server that answers as servers do, and as they should not.
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { startLocalServer } from './local-server.ts';
import { bodyOf, failureOf, send } from './send.ts';

const MIB = 1024 * 1024;

test.each<[string, string | Buffer, Json]>([
  ['application/json', '{"a":[1,"ä"]}', { a: [1, 'ä'] }],
  ['application/problem+json; charset=utf-8', '7', 7],
  ['Text/JSON', 'null', null],
  ['application/json', '', null],
  ['text/html; charset=utf-8', '<p>ä', '<p>ä'],
  ['text/plain; charset="iso-8859-1"', Buffer.from([0xe4]), 'ä'],
  ['text/plain; charset=nobody-knows', 'ä', 'ä'],
  ['application/atom+xml', '<feed/>', '<feed/>'],
  ['text/plain', Buffer.from([0xff, 0]), { base64: '/wA=', bytes: 2 }],
  ['image/png', Buffer.from('PNG'), { base64: 'UE5H', bytes: 3 }],
  ['application/octet-stream', 'text', { base64: 'dGV4dA==', bytes: 4 }],
  ['', 'ä', 'ä'],
  ['', Buffer.from([0xff]), { base64: '/w==', bytes: 1 }],
])('a body of type %j, %j, becomes %j', async (type, sent, body) => {
  const { url } = await startLocalServer((response) => {
    if (type !== '') response.setHeader('content-type', type);
    response.end(sent);
  });

  expect(await bodyOf(url)).toEqual(body);
});

test.each(['{"a":', '1e400', '<html>', `${'['.repeat(100_000)}${']'.repeat(100_000)}`])(
  'an answer that calls %.20s JSON fails the attempt for good',
  async (text) => {
    const { url } = await startLocalServer((response) => {
      response.setHeader('content-type', 'application/json');
      response.end(text);
    });

    expect(await failureOf(send({ url }))).toMatchObject({ code: 'http.bad-answer', retryable: false });
  },
);

test('an answer to HEAD tells of a body and has none', async () => {
  const { url } = await startLocalServer((response) =>
    response.writeHead(200, { 'content-length': 20 * MIB }).end(),
  );

  expect(await send({ url, method: 'HEAD' })).toMatchObject({ status: 200, body: null });
});

test('takes a body of 10 MiB', async () => {
  const { url } = await startLocalServer((response) => {
    response.setHeader('content-type', 'text/plain');
    response.end(Buffer.alloc(10 * MIB, 'x'));
  });

  expect(await bodyOf(url)).toHaveLength(10 * MIB);
});

test('refuses a body that is announced as larger, without receiving it', async () => {
  const { url } = await startLocalServer((response) => {
    response.writeHead(200, { 'content-length': 10 * MIB + 1 });
    response.flushHeaders();
  });

  expect(await failureOf(send({ url }))).toMatchObject({ code: 'http.too-large', retryable: false });
});

test('hangs up on a body that never ends', async () => {
  let hungUp: Promise<unknown> | undefined;
  const { url } = await startLocalServer((response) => {
    hungUp = once(response, 'close');
    const chunk = Buffer.alloc(64 * 1024);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
  });

  expect(await failureOf(send({ url }))).toMatchObject({ code: 'http.too-large' });
  await hungUp;
});

test('counts what a packed body unpacks to', async () => {
  const packed = gzipSync(Buffer.alloc(50 * MIB));
  const { url } = await startLocalServer((response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
  });

  expect(await failureOf(send({ url }))).toMatchObject({ code: 'http.too-large' });
});

test('every piece of the body that arrives is a sign of life', async () => {
  let beats = 0;
  const { url } = await startLocalServer((response) => response.end('x'));
  await send({ url }, { heartbeat: () => void beats++ });

  expect(beats).toBeGreaterThan(0);
});
