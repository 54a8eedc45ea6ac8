// An HTTP task is one request and its answer. These tests pin down what is sent, and which answers are a success.
// Method: a real server on this machine that keeps what it was asked.
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { startLocalServer } from './local-server.ts';
import { failureOf, send } from './send.ts';

test('sends what the templates render to, and gives status, headers and body of the answer', async () => {
  const server = await startLocalServer((response) => {
    response.writeHead(201, { 'content-type': 'application/json', 'x-id': '7' });
    response.end('{"ok":true}');
  });
  const values: Readonly<Record<string, Json>> = {
    '${url}': `${server.url}/orders?state=open`,
    '${token}': 'Bearer t',
    '${count}': 3,
    '${order}': { id: 'ä', lines: [1, 2] },
  };
  const result = await send(
    {
      method: 'POST',
      url: '${url}',
      headers: { Authorization: '${token}', 'X-Count': '${count}' },
      body: '${order}',
    },
    { render: (template) => values[String(template)] ?? template },
  );

  expect(result).toEqual({
    status: 201,
    headers: expect.objectContaining({ 'content-type': 'application/json', 'x-id': '7' }),
    body: { ok: true },
  });
  const [received] = server.received;
  expect(received).toMatchObject({
    method: 'POST',
    path: '/orders?state=open',
    headers: { authorization: 'Bearer t', 'x-count': '3', 'content-type': 'application/json' },
  });
  expect(JSON.parse(received?.body ?? '')).toEqual({ id: 'ä', lines: [1, 2] });
});

test('all attempts send one idempotency key and their number, unless the definition says otherwise', async () => {
  const server = await startLocalServer((response) => response.end());
  const { url } = server;
  const attempt = { key: 'run-9/loop[3].pay', attemptKey: 'run-9/loop[3].pay/2', attempt: 2 };
  await send({ url }, attempt);
  await send({ url, headers: { 'idempotency-Key': 'mine', 'Workflow-Attempt': 'none' } }, attempt);
  await send({ url, idempotencyKey: 'attempt' }, attempt);

  expect(
    server.received.map(({ headers }) => [headers['idempotency-key'], headers['workflow-attempt']]),
  ).toEqual([
    ['run-9/loop[3].pay', '2'],
    ['mine', 'none'],
    ['run-9/loop[3].pay/2', '2'],
  ]);
});

test('the connection leaves no trace in the result, and cookies stay apart', async () => {
  const { url } = await startLocalServer((response) => {
    response.writeHead(200, [
      ...['set-cookie', 'a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'set-cookie', 'b=2'],
      ...['x-a', '1', 'x-a', '2', 'date', 'now'],
    ]);
    response.end();
  });

  expect(await send({ url })).toEqual({
    status: 200,
    headers: {
      date: 'now',
      'x-a': '1, 2',
      'set-cookie': ['a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'b=2'],
    },
    body: null,
  });
});

test.each([
  [200, undefined, true],
  [299, undefined, true],
  [304, undefined, false],
  [404, undefined, false],
  [404, [200, 404], true],
  [200, [404], false],
])('an answer with %i where %j is expected is a success: %j', async (status, expectStatus, succeeds) => {
  const { url } = await startLocalServer((response) => response.writeHead(status).end());
  const outcome = send({ url }, expectStatus === undefined ? {} : { expectStatus }).then(
    () => true,
    () => false,
  );

  expect(await outcome).toBe(succeeds);
});

test.each([
  [400, false],
  [404, false],
  [429, true],
  [500, true],
  [503, true],
])('an answer with %i fails the attempt, and another may help: %j', async (status, retryable) => {
  const { url } = await startLocalServer((response) => response.writeHead(status).end('no\nmore'));
  const failure = await failureOf(send({ url: `${url}/a?key=secret` }));

  expect(failure).toMatchObject({ code: 'http.status', retryable, details: { status, body: 'no\nmore' } });
  expect(failure.message).toMatch(new RegExp(`^GET ${url}/a was answered with ${status} .*, saying: no$`));
});

test.each([
  ['120', { retry_after: '120', retry_after_ms: 120_000 }],
  ['Sat, 21 Nov 2026 10:00:30 GMT', { retry_after: 'Sat, 21 Nov 2026 10:00:30 GMT', retry_after_ms: 30_000 }],
  ['Sat, 21 Nov 2020 10:00:30 GMT', { retry_after: 'Sat, 21 Nov 2020 10:00:30 GMT', retry_after_ms: 0 }],
  ['soon', { retry_after: 'soon' }],
])('tells when the server wants to be asked again: %s', async (after, told) => {
  const { url } = await startLocalServer((response) => {
    response.writeHead(503, { 'retry-after': after, date: 'Sat, 21 Nov 2026 10:00:00 GMT' }).end();
  });

  expect((await failureOf(send({ url }))).details).toEqual({ status: 503, body: '', ...told });
});

test('keeps only the beginning of a long answer that was not expected', async () => {
  const { url } = await startLocalServer((response) =>
    response.writeHead(500).end(`a${'é'.repeat(100_000)}`),
  );
  const { details } = await failureOf(send({ url: `${url}/` }));

  expect((details as { readonly body: string }).body).toBe(`a${'é'.repeat(1023)}`);
});
