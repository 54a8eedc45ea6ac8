// A token of a domain sees nothing of another one: neither what stands there, nor how much, nor that it exists. Method:
// the whole server with runs of two domains, asked by tokens of each; a run of the other domain and one that does not
// exist have to be answered alike, by every operation and route that names a run.
import { OpenAPIHono } from '@hono/zod-openapi';
import { expect, test } from 'vitest';
import type { ApiEnv } from '../../src/http/api.ts';
import { answerError } from '../../src/http/problem.ts';
import { boundReading, reachOf } from '../../src/http/reach.ts';
import { loadAllOperations } from '../../src/operations/load-operations.ts';
import { definitionText } from '../support/definition-text.ts';
import { openServer } from './api-server.ts';

const madeUp = '01zzzzzzzzzzzzzzzzzzzzzzzz';

function asking(id: string, domain: string): string {
  const task = '- { id: sign, type: HUMAN, approvers: { names: [eve] } }';
  const trigger = 'triggers: [{ id: nightly, cron: "0 3 * * *" }]';

  return definitionText(task, `labels: { domain: ${domain} }\n${trigger}`).replace(
    'id: under-test',
    `id: ${id}`,
  );
}

async function openTwoDomains() {
  const files = {
    'definitions/selling.yaml': asking('selling', 'sales'),
    'definitions/buying.yaml': asking('buying', 'purchase'),
  };
  const server = await openServer({ isLoopback: false, files });
  const { access, board } = server.deps;
  const add = async (as: string, level: 'L0' | 'L1' | 'L2' | 'L3', domain?: string) => {
    const { token } = await access.add({ as, level, ...(domain === undefined ? {} : { domain }) });
    const headers = { authorization: `Bearer ${token}` };
    return {
      headers,
      get: (path: string) => server.ask(path, { headers }),
      post: (path: string, body: unknown) => server.ask(path, { body, headers }),
    };
  };
  const boss = await add('boss', 'L1');
  const start = async (definition: string): Promise<string> =>
    ((await boss.post('/api/v1/runs', { definition })).body as { readonly run: string }).run;
  const runs = { sales: await start('selling'), purchase: await start('buying') };
  while (board.line(runs.purchase) === undefined) await board.end();

  return { ...server, add, boss, start, runs };
}

test('every operation and every route says what it shows a token of a domain', async () => {
  const { api } = await openServer();
  const reach = reachOf(await loadAllOperations());
  const routes = api.routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'));

  expect(routes.length).toBeGreaterThan(70);
  expect(routes.filter(({ method, path }) => reach(method, path) === undefined)).toEqual([]);
});

test('a route that nobody classified tells a token of a domain nothing', async () => {
  const api = new OpenAPIHono<ApiEnv>();
  api.onError(answerError(() => undefined));
  const bounds = { domain: 'sales', sees: async () => true, seesRun: () => true };
  const boundsOf = (caller: { readonly actor: string } | undefined) =>
    caller?.actor === 'ada' ? bounds : undefined;
  api.use((c, next) => {
    const caller = { actor: c.req.header('x-as') ?? '' };
    c.set('visitor', { caller } as never);
    return next();
  });
  api.use(boundReading({ boundsOf, settle: async () => undefined, portsOf: () => undefined as never }, []));
  api.get('/api/v1/new', (c) => c.text('all of it'));

  expect((await api.request('/api/v1/new', { headers: { 'x-as': 'ada' } })).status).toBe(403);
  expect((await api.request('/api/v1/new', { headers: { 'x-as': 'ana' } })).status).toBe(200);
});

test('lists and totals hold what is of the domain of the token, and all of it without one', async () => {
  const { add, runs } = await openTwoDomains();
  const buyer = await add('bea', 'L2', 'purchase');
  const guest = await add('gus', 'L3', 'purchase');
  const free = await add('fay', 'L3');
  const chief = await add('cleo', 'L1', 'purchase');

  for (const { get } of [buyer, guest]) {
    expect((await get('/api/v1/runs')).body).toMatchObject({
      all: 1,
      total: 1,
      items: [{ run: runs.purchase }],
    });
    expect((await get('/api/v1/approvals')).body).toMatchObject({ total: 1 });
    expect((await get('/api/v1/definitions')).body).toMatchObject({ items: [{ id: 'buying' }] });
    expect((await get('/api/v1/home')).body).toMatchObject({
      running: { count: 1 },
      needsYou: { approvals: 1 },
    });
    expect((await get('/api/v1/executions')).text).not.toContain(runs.sales);
    expect((await get('/api/v1/insights')).text).not.toContain('selling');
    expect((await get('/api/v1/map')).text).not.toContain('selling');
    expect((await get('/api/v1/doctor')).body).toMatchObject({ status: 403, code: 'authority.domain' });
  }
  for (const { get } of [free, chief])
    expect((await get('/api/v1/runs')).body).toMatchObject({ all: 2, total: 2 });
});

test('a run of another domain is answered as one that does not exist, whatever is asked of it', async () => {
  const { add, runs, troubles } = await openTwoDomains();
  const { get } = await add('bea', 'L2', 'purchase');
  const paths = (await loadAllOperations()).flatMap(({ http }) =>
    http?.method === 'get' && http.path.includes('{run}') ? [http.path] : [],
  );
  const filled = (path: string, run: string): string =>
    path
      .replace('{run}', run)
      .replace('{other}', runs.purchase)
      .replace('{task}', 'sign')
      .replaceAll(/\{\w+\}/g, '1');

  expect(paths.length).toBeGreaterThan(10);
  for (const path of [...paths, '/api/v1/runs/{run}/export', '/api/v1/runs/{run}/export?format=audit']) {
    const query = path.endsWith('/diff') ? '?from=1&to=1' : '';
    const [theirs, none] = [
      await get(filled(path, runs.sales) + query),
      await get(filled(path, madeUp) + query),
    ];
    expect(theirs.status, path).toBe(none.status);
    expect(theirs.text.replaceAll(runs.sales, madeUp), path).toBe(none.text);
    expect((await get(filled(path, runs.purchase) + query)).status, path).toBeLessThan(300);
  }
  expect((await get(`/api/v1/runs/${runs.purchase}/compare/${runs.sales}`)).status).toBe(404);
  expect((await get('/api/v1/runs/@last')).body).toMatchObject({ run: runs.purchase });
  expect((await get(`/api/v1/runs/${runs.sales.slice(0, 4)}`)).body).toMatchObject({ run: runs.purchase });
  expect(troubles).toEqual([]);
});

test('a definition and a trigger of another domain are answered as ones that do not exist', async () => {
  const { add } = await openTwoDomains();
  const { get, post } = await add('bea', 'L2', 'purchase');
  const alike = async (path: string, body?: (id: string) => unknown): Promise<void> => {
    const ask = (id: string) =>
      body === undefined ? get(path.replace('$', id)) : post(path.replace('$', id), body(id));
    const [theirs, none] = [await ask('selling'), await ask('nothing')];
    expect(theirs.text.replaceAll('selling', 'nothing'), path).toBe(none.text);
    expect(theirs.status, path).toBeGreaterThanOrEqual(400);
  };

  await alike('/api/v1/definitions/$');
  await alike('/api/v1/definitions/$/graph');
  await alike('/api/v1/definitions/$/diff?from=1');
  await alike('/api/v1/triggers/$/nightly');
  await alike('/api/v1/triggers/$/nightly/run', () => ({}));
  await alike('/api/v1/runs', (definition) => ({ definition }));
  await alike('/api/v1/runs', (id) => ({ definition: `definitions/${id}.yaml` }));
  await alike('/api/v1/definitions/publish', (id) => ({
    ...{ file: 'x.yaml', dryRun: true },
    text: asking(id, 'purchase').replace('version: 1', 'version: 2'),
  }));
});

test('commands find no run of another domain, and change none', async () => {
  const { add, runs, deps } = await openTwoDomains();
  const { post } = await add('bea', 'L2', 'purchase');
  const before = (await deps.workflows.view(runs.sales)).sequence;
  for (const body of [
    { kind: 'signal', name: 'go' },
    { kind: 'approve', task: 'sign' },
    { kind: 'pauseRun' },
  ]) {
    const [theirs, none] = [
      await post(`/api/v1/runs/${runs.sales}/commands`, body),
      await post(`/api/v1/runs/${madeUp}/commands`, body),
    ];
    expect(theirs.body).toMatchObject({ status: 404, code: 'run.not-found' });
    expect(theirs.text.replaceAll(runs.sales, madeUp)).toBe(none.text);
  }
  expect((await post(`/api/v1/runs/${runs.sales}/fork`, { at: 1 })).status).toBe(404);

  expect((await deps.workflows.view(runs.sales)).sequence).toBe(before);
});

test('whoever a task asks by name sees its run for as long as it asks them, and in no list of runs', async () => {
  const { add, runs } = await openTwoDomains();
  const eve = await add('eve', 'L3', 'purchase');
  const bea = await add('bea', 'L3', 'purchase');
  const path = `/api/v1/runs/${runs.sales}`;

  expect((await eve.get('/api/v1/approvals?mine=1')).body).toMatchObject({ total: 2 });
  expect((await eve.get('/api/v1/approvals')).body).toMatchObject({ total: 1 });
  expect((await eve.get(path)).status).toBe(200);
  expect((await bea.get(path)).status).toBe(404);
  expect((await eve.get('/api/v1/runs')).body).toMatchObject({ total: 1 });
  expect((await eve.post(`${path}/commands`, { kind: 'approve', task: 'sign' })).status).toBe(200);
  expect((await eve.get(path)).status).toBe(404);
});

test('the stream and the numbers tell a token of a domain of its runs alone', async () => {
  const { add, start, url, deps, boss } = await openTwoDomains();
  const { board } = deps;
  const { headers, get } = await add('bea', 'L3', 'purchase');
  const leaving = new AbortController();
  const answer = await fetch(`${url}/api/v1/stream?after=0`, { headers, signal: leaving.signal });
  const [sold, bought] = [await start('selling'), await start('buying')];
  const said = await saidUntil(answer, bought);
  leaving.abort();
  while (board.line(bought) === undefined) await board.end();

  expect(said).not.toContain(sold);
  expect(said).not.toContain('selling');
  const { text } = await get('/metrics');
  expect(text).toContain('workflow_runs{definition="buying",status="RUNNING"} 2');
  expect(text).toContain('workflow_approvals_waiting 2');
  expect(text).not.toContain('selling');
  expect((await boss.get('/metrics')).text).toContain('definition="selling"');
});

async function saidUntil({ body }: Response, wanted: string): Promise<string> {
  let said = '';
  const decoder = new TextDecoder();
  for await (const part of body ?? []) {
    said += decoder.decode(part as Uint8Array, { stream: true });
    if (said.includes(wanted)) return said;
  }

  throw new Error(`the stream ended without ${wanted}: ${said}`);
}
