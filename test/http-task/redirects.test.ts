// A server may send a request on. These tests pin down where it may go and what it takes along. Method: real servers
// that send each other's clients on, and keep what they were asked.
import { expect, test } from 'vitest';
import { type LocalServer, startLocalServer } from './local-server.ts';
import { failureOf, send } from './send.ts';

/** Sends `/N` on to `/N-1`, and answers `/0`. */
function countdown(status: number): Promise<LocalServer> {
  return startLocalServer((response, { url = '' }) => {
    const left = Number(url.slice(1));
    if (left === 0) response.end('there');
    else response.writeHead(status, { location: `/${left - 1}` }).end('on');
  });
}

test('follows five redirects and no sixth', async () => {
  const { url } = await countdown(302);

  expect(await send({ url: `${url}/5` })).toMatchObject({ status: 200 });
  expect(await failureOf(send({ url: `${url}/6` }))).toMatchObject({
    code: 'http.bad-redirect',
    retryable: false,
    message: `the redirect of ${url}/1 is not followed: 5 redirects were followed already`,
  });
});

test.each([
  [301, 'POST', 'GET', ''],
  [302, 'POST', 'GET', ''],
  [302, 'PUT', 'PUT', '{"a":1}'],
  [303, 'PUT', 'GET', ''],
  [307, 'POST', 'POST', '{"a":1}'],
  [308, 'POST', 'POST', '{"a":1}'],
])('after %i a %s goes on as %s with the body %j', async (status, method, after, body) => {
  const server = await countdown(status);
  await send({ url: `${server.url}/1`, method, body: { a: 1 } });

  expect(server.received[1]).toMatchObject({ method: after, body });
  expect(server.received[1]?.headers['content-type']).toBe(body === '' ? undefined : 'application/json');
});

test('what is meant for one host is not told to another', async () => {
  const other = await startLocalServer((response) => response.end());
  const { url } = await startLocalServer((response) =>
    response.writeHead(307, { location: other.url }).end(),
  );
  const headers = { Authorization: 'Bearer t', Cookie: 'a=1', host: 'example.test', 'X-Plain': 'kept' };
  await send({ url, headers });

  const received = other.received[0]?.headers;
  expect(received).toMatchObject({ host: `127.0.0.1:${other.port}`, 'x-plain': 'kept' });
  expect(received).not.toHaveProperty('authorization');
  expect(received).not.toHaveProperty('cookie');
});

test('goes on with its credentials on the same host', async () => {
  const server = await countdown(302);
  await send({ url: `${server.url}/1`, headers: { authorization: 'Bearer t' } });

  expect(server.received[1]?.headers.authorization).toBe('Bearer t');
});

test.each(['file:///etc/passwd', 'ftp://127.0.0.1/', 'http://user:password@127.0.0.1/', 'http://:99999/'])(
  'is not sent on to %s',
  async (location) => {
    const { url } = await startLocalServer((response) => response.writeHead(302, { location }).end());
    const failure = await failureOf(send({ url }));

    expect(failure).toMatchObject({ code: 'http.bad-redirect', retryable: false });
    expect(failure.message).not.toContain('password@');
  },
);

test('a redirect that is expected is the answer, and one without an address is none', async () => {
  const { url } = await startLocalServer((response, { url: path }) => {
    response.writeHead(302, path === '/bare' ? {} : { location: '/elsewhere' }).end();
  });

  expect(await send({ url }, { expectStatus: [302] })).toMatchObject({
    status: 302,
    headers: { location: '/elsewhere' },
  });
  expect(await failureOf(send({ url: `${url}/bare` }))).toMatchObject({ code: 'http.status' });
});
