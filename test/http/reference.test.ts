// What the API says of itself: a document for programs and a page for people, which needs no script. Method: the whole
// API on a port of its own.
import { expect, test } from 'vitest';
import { openServer } from './api-server.ts';

test('the document describes what can be asked, as the routes check it', async () => {
  const { ask } = await openServer();
  const { body } = await ask('/openapi.json');

  expect(body).toMatchObject({
    openapi: '3.1.0',
    info: { version: '0.0.0' },
    paths: {
      '/api/v1/session': {
        post: {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { required: ['token'], additionalProperties: false } } },
          },
        },
      },
      '/api/v1/runs/{run}': {
        get: {
          parameters: [
            { name: 'run', in: 'path', required: true },
            { name: 'at', in: 'query', required: false },
          ],
        },
      },
    },
  });
});

test('the page shows every route and every code, without a script or a style in it', async () => {
  const { ask } = await openServer();
  const { text, headers } = await ask('/reference');

  expect(headers['content-type']).toBe('text/html; charset=UTF-8');
  expect(text).toContain('POST /api/v1/session');
  expect(text).toContain('<tr id="http.token">');
  expect(text).not.toMatch(/<script|<style|style=|onclick=/);
  expect((await ask('/reference.css')).headers['content-type']).toBe('text/css; charset=utf-8');
});

test('what needs a token is kept by nobody who passes it on', async () => {
  const { ask } = await openServer();
  for (const path of ['/openapi.json', '/reference', '/metrics', '/readyz', '/api/v1/runs'])
    expect((await ask(path)).headers['cache-control'], path).toBe('no-store');
});

test('what a program can unpack is sent packed', async () => {
  const { ask, url, deps } = await openServer();
  const packed = await fetch(`${url}/openapi.json`, {
    headers: { authorization: `Bearer ${await deps.owner.token()}` },
  });

  expect(packed.headers.get('content-encoding')).toBe('gzip');
  expect(await packed.json()).toMatchObject({ openapi: '3.1.0' });
  expect((await ask('/openapi.json')).headers['content-encoding']).toBeUndefined();
});
