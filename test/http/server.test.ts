// What every answer of the HTTP API has in common, and who gets one. Method: the whole API on a port of its own, asked
// over real sockets.
import { expect, test } from 'vitest';
import type { Operation } from '../../src/api/operations/operation.ts';
import { operations } from '../../src/api/operations/operations.ts';
import { definitionText } from '../support/definition-text.ts';
import { openServer } from './api-server.ts';

test('a page of the dashboard is served under every path, its files for ever, and nothing else of the disk', async () => {
  const { ask } = await openServer();
  const page = await ask('/runs/01abc');

  expect([page.status, page.headers['content-type'], page.headers['cache-control']]).toEqual([
    200,
    'text/html; charset=utf-8',
    'no-cache',
  ]);
  expect((await ask('/assets/index-abc.js')).headers['cache-control']).toBe(
    'public, max-age=31536000, immutable',
  );
  expect((await ask('/approvals/01abc/orders%5B2%5D.pay')).text).toBe(page.text);
  expect((await ask('/definitions/orders.v2')).text).toBe(page.text);
  expect((await ask('/assets/other.js')).status).toBe(404);
  expect((await ask('/api')).status).toBe(404);
  expect((await ask('/api/v1/nothing')).status).toBe(404);
});

test('browsers are told of every answer that no other site may use it', async () => {
  const { ask } = await openServer();
  for (const path of ['/', '/api/v1/session', '/api/v1/nothing', '/reference']) {
    const { headers } = await ask(path);
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
});

test('a failure says what is wrong, with the value, and what was likely meant', async () => {
  const { ask } = await openServer();

  expect((await ask('/api/v1/run')).body).toEqual({
    type: '/reference#http.no-route',
    title: 'Not Found',
    status: 404,
    detail: 'nothing answers GET /api/v1/run; did you mean "/api/v1/runs"?',
    code: 'http.no-route',
    fix: 'GET /reference shows what there is',
    retryable: false,
  });
  expect(await ask('/api/v1/runs', { body: { definition: 7 } })).toMatchObject({
    status: 400,
    headers: { 'content-type': 'application/problem+json' },
    body: { code: 'http.invalid', problems: [{ path: 'definition' }] },
  });
  expect((await ask('/api/v1/runs/none')).body).toMatchObject({ status: 404, code: 'run.not-found' });
});

test('a method that a path does not take is told those that it takes', async () => {
  const { ask } = await openServer();
  const refused = await ask('/api/v1/runs', { method: 'DELETE' });

  expect(refused).toMatchObject({ status: 405, body: { code: 'http.method' } });
  expect(refused.headers.allow).toBe('GET, HEAD, OPTIONS, POST');
  expect((await ask('/api/v1/runs', { method: 'OPTIONS' })).status).toBe(204);
  expect(await ask('/api/v1/runs', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  expect((await ask('/api/v1/runs/x', { method: 'OPTIONS' })).headers.allow).toBe('GET, HEAD, OPTIONS');
});

test('a defect of ours is told to the engine and not to whoever asked', async () => {
  const { ask, deps, troubles } = await openServer({
    isConnected: () => {
      throw new Error('the secret is 42');
    },
  });
  const { status, text } = await ask('/readyz');

  expect([status, text.includes('42'), JSON.parse(text).code]).toEqual([500, false, 'internal']);
  expect(troubles).toHaveLength(1);
  expect(deps.isConnected).toThrow();
});

test('whether it lives and whether it is ready are told apart, with the reasons', async () => {
  const { ask } = await openServer({ isConnected: () => false });

  expect((await ask('/healthz')).status).toBe(200);
  expect(await ask('/readyz')).toMatchObject({
    status: 503,
    body: { status: 'not-ready', reasons: ['the NATS server cannot be reached'] },
  });
});

test('while nothing can be stored it is not ready, refuses what would change something, and shows the rest', async () => {
  const trouble = { code: 'nats.disk-full', message: 'the disk is full' } as const;
  const { ask } = await openServer({ notReady: () => ['the disk is full'], storeTrouble: () => trouble });

  expect(await ask('/readyz')).toMatchObject({ status: 503, body: { reasons: ['the disk is full'] } });
  expect((await ask('/api/v1/runs', { body: { definition: 'x' } })).body).toMatchObject({
    status: 503,
    code: 'nats.disk-full',
    detail: 'the disk is full',
    retryable: true,
  });
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  const event = { specversion: '1.0', id: 'e-1', source: '/shop', type: 'order.paid' };
  expect((await ask('/api/v1/events', { body: [event], headers })).body).toMatchObject({
    code: 'nats.disk-full',
  });
  expect((await ask('/api/v1/runs')).status).toBe(200);
});

test('an event in headers needs neither data nor a type of any', async () => {
  const { ask } = await openServer();
  const event = { 'ce-specversion': '1.0', 'ce-id': 'e-1', 'ce-source': '/shop', 'ce-type': 'order.paid' };
  const { status, body } = await ask('/api/v1/events', { method: 'POST', headers: event });

  expect({ status, body }).toMatchObject({ status: 200, body: { stored: true, id: 'e-1' } });
});

test('with --read-only nothing can be changed, and everything looked at', async () => {
  const { ask } = await openServer({ readOnly: true });

  expect((await ask('/api/v1/runs', { body: { definition: 'x' } })).body).toMatchObject({
    status: 403,
    code: 'http.read-only',
  });
  expect((await ask('/api/v1/runs')).status).toBe(200);
  expect((await ask('/api/v1/session')).body).toMatchObject({ readOnly: true });
  expect((await ask('/api/v1/definitions/check', { body: { text: 'x', file: 'x.yaml' } })).status).toBe(200);
  for (const path of ['test', 'what-if'])
    expect((await ask(`/api/v1/definitions/${path}`, { body: { text: 'x', run: 'x' } })).status).not.toBe(
      403,
    );
  expect((await ask('/api/v1/definitions/publish', { body: { text: 'x' } })).status).toBe(403);
});

test('with --read-only every declared operation that changes something is refused, also where reading has its path', async () => {
  const { ask } = await openServer({ readOnly: true });
  const places = Object.values(operations).flatMap((verbs) =>
    Object.values<Operation>(verbs).flatMap(({ changes, http }) =>
      changes && http !== undefined ? [http] : [],
    ),
  );
  expect(places.length).toBeGreaterThan(20);
  for (const { method, path } of places) {
    const asking = method === 'delete' ? { method: 'DELETE' } : { body: {} };
    const { body } = await ask(path.replaceAll(/\{\w+\}/g, 'x'), asking);
    expect({ method, path, code: (body as { code?: string }).code }).toEqual({
      method,
      path,
      code: 'http.read-only',
    });
  }
});

test('a run is started over HTTP and stands in the journal in the name of whoever asked', async () => {
  const text = definitionText('\n  - { id: sum, type: TRANSFORM, output: { total: 1 } }\n');
  const { ask, deps } = await openServer({ files: { 'definitions/one.yaml': text } });
  const started = await ask('/api/v1/runs', { body: { definition: 'under-test' } });
  const { run } = started.body as { run: string };

  expect(started.status).toBe(201);
  await expect.poll(async () => (await deps.workflows.view(run)).state.status).toBe('COMPLETED');
  const { text: events } = await ask(`/api/v1/runs/${run}/events?order=asc&limit=1`);
  expect(events).toContain('"ana"');
});
