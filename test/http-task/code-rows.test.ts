// Each code in the table of docs/language.md is what an attempt fails with, and is tried again or not as its row says.
// Method: the rows are read from the page, and each code has an attempt here that fails with it; one without fails.
import { expect, test } from 'vitest';
import { createHttpHandler } from '../../src/http-task/http-handler.ts';
import { testAttempt } from '../support/attempt.ts';
import { tableUnder } from '../support/page-definitions.ts';
import { taskKeys } from '../support/task-keys.ts';
import { startLocalServer } from './local-server.ts';
import { failureOf, send } from './send.ts';

const rows = tableUnder('docs/language.md', '### HTTP').flatMap(([codes = '', , again = '']) =>
  [...codes.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => triedAgain(code, again)),
);
const server = startLocalServer;
const url = 'http://127.0.0.1:1';

/** One row for each status that is named, with the code that an attempt fails with. */
function triedAgain(code: string, again: string): readonly (readonly [string, number, boolean])[] {
  if (code !== 'http.status') return [[code, 0, again === 'yes']];
  const statuses = [...again.matchAll(/\d(?:\d\d|xx)/g)].map(([status]) =>
    Number(status.replace('xx', '03')),
  );

  return [...statuses.map((status) => [code, status, true] as const), [code, 404, false]];
}

const attempts: Readonly<Record<string, (status: number) => Promise<unknown>>> = {
  'http.status': async (status) => {
    const answering = await server((response) => response.writeHead(status).end());
    return send({ url: answering.url });
  },
  'http.timeout': async () => {
    const silent = await server(() => undefined);
    return send({ url: silent.url, timeoutMs: 50 });
  },
  'http.network': async () => {
    const rude = await server((response) => response.destroy());
    return send({ url: rude.url });
  },
  'http.private-address': () => {
    const request = { method: 'GET', headers: {}, url };
    const handler = createHttpHandler(
      { ...taskKeys('call'), type: 'HTTP', request },
      { allows: () => Promise.resolve(false) },
    );
    return handler(testAttempt({ projectDir: '/' }));
  },
  'http.bad-url': () => send({ url: 'ftp://example.test' }),
  'http.bad-header': () => send({ url, headers: { a: ['list'] } }),
  'http.bad-body': () => send({ url, body: 'of a GET' }),
  'http.bad-answer': async () => {
    const wrong = await server((response) => response.setHeader('content-type', 'application/json').end('{'));
    return send({ url: wrong.url });
  },
  'http.bad-redirect': async () => {
    const away = await server((response) =>
      response.writeHead(302, { location: 'ftp://example.test' }).end(),
    );
    return send({ url: away.url });
  },
  'http.too-large': async () => {
    const large = await server((response) => {
      response.writeHead(200, { 'content-length': 10 * 1024 * 1024 + 1 }).flushHeaders();
    });
    return send({ url: large.url });
  },
};

test.each(rows)('%s (%i), tried again: %j', async (code, status, retryable) => {
  const attempt = attempts[code]?.(status) ?? Promise.reject(new Error(`no case for ${code}`));

  expect(await failureOf(attempt as Promise<never>)).toMatchObject({ code, retryable });
});

test('no case is left without its row', () => {
  expect(Object.keys(attempts).filter((code) => !rows.some(([each]) => each === code))).toEqual([]);
});
