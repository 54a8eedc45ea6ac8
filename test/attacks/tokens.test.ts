// Attacks with tokens: what was cut, changed, misplaced or revoked opens nothing, and a token of a domain is not talked
// into telling of another one. Method: the whole server, with a run of each of two domains.
import { expect, test } from 'vitest';
import type { Level } from '../../machines/agents/declared-agent.ts';
import { openServer } from '../http/api-server.ts';
import { definitionText } from '../support/definition-text.ts';

function asking(id: string, domain: string): string {
  const task = '- { id: sign, type: HUMAN, approvers: { names: [eve] } }';

  return definitionText(task, `labels: { domain: ${domain} }`).replace('id: under-test', `id: ${id}`);
}

async function openWorld() {
  const files = {
    'definitions/selling.yaml': asking('selling', 'sales'),
    'definitions/buying.yaml': asking('buying', 'purchase'),
  };
  const server = await openServer({ isLoopback: false, files });
  const { access, board } = server.deps;
  const add = async (as: string, level: Level, domain?: string) => {
    const { token, entry } = await access.add({ as, level, ...(domain === undefined ? {} : { domain }) });
    const headers = { authorization: `Bearer ${token}` };
    const ask = (path: string, body?: unknown) =>
      server.ask(`/api/v1${path}`, { headers, ...(body === undefined ? {} : { body }) });
    return { token, entry, headers, ask };
  };
  const boss = await add('boss', 'L1');
  const start = async (definition: string) =>
    ((await boss.ask('/runs', { definition })).body as { readonly run: string }).run;
  const [sold, bought] = [await start('selling'), await start('buying')];
  while (board.line(bought) === undefined) await board.end();
  const buyer = await add('bea', 'L2', 'purchase');

  return { ...server, add, boss, buyer, sold, bought };
}

test('a token that was cut, changed or put elsewhere opens nothing', async () => {
  const { ask, boss } = await openWorld();
  const { token } = boss;
  const headers: readonly Record<string, string>[] = [
    { authorization: `Bearer ${token.slice(0, -1)}` },
    { authorization: `Bearer ${token.toUpperCase()}` },
    { authorization: `Bearer ${token}=` },
    { authorization: `Bearer ${token} x` },
    { authorization: `Bearer ${token},${token}` },
    { authorization: `Token ${token}` },
    { authorization: token },
    { 'x-authorization': `Bearer ${token}` },
    { cookie: `workflow_token="${token}x"` },
    { cookie: `WORKFLOW_TOKEN=${token}` },
  ];
  for (const each of headers)
    expect([401, 429], JSON.stringify(each)).toContain((await ask('/api/v1/runs', { headers: each })).status);
  expect((await ask(`/api/v1/runs?token=${token}&access_token=${token}`)).status).toBe(401);
});

test('another way to write a path opens nothing', async () => {
  const { ask } = await openWorld();
  for (const path of [
    '/api/v1//runs',
    '/%61pi/v1/runs',
    '/api/v1/runs/',
    '/API/v1/runs',
    '/api/v1/session/../runs',
  ])
    expect((await ask(path)).text, path).not.toContain('"runs"');
});

test('a revoked token ends at once, as a header and as a cookie', async () => {
  const { ask, add, deps } = await openWorld();
  const { token, entry, headers } = await add('ada', 'L1');
  await deps.access.revoke(entry.id);

  expect((await ask('/api/v1/runs', { headers })).status).toBe(401);
  expect((await ask('/api/v1/runs', { headers: { cookie: `workflow_token=${token}` } })).status).toBe(401);
});

test('no filter, cursor, prefix or word finds a run of another domain', async () => {
  const { buyer, sold } = await openWorld();
  const cursor = (parts: readonly string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const paths = [
    `/runs?where=${encodeURIComponent('definition=selling')}`,
    `/runs?where=${encodeURIComponent('definition!=buying')}`,
    `/runs?q=${sold}`,
    '/runs?q=selling',
    `/runs?sort=started&cursor=${cursor(['started', '9999', 'z'])}`,
    `/run-details?runs=${sold}`,
    '/run-grid',
    `/runs/${sold.slice(0, 12)}`,
    '/executions?definition=selling',
    '/executions?limit=1&format=csv',
    '/insights?definition=selling',
    '/failures',
    '/dead-letters',
    '/events',
    '/map',
    '/agent-work',
  ];
  for (const path of paths) {
    const told = (await buyer.ask(path)).text;
    expect(told.replaceAll(`\\"${sold.slice(0, 12)}\\"`, ''), path).not.toContain(sold);
    expect(told, path).not.toMatch(/"selling"|selling,/);
  }
});

test('a comparison, a what-if and a bulk change tell of no run of another domain', async () => {
  const { buyer, sold, bought } = await openWorld();
  const text = asking('buying', 'purchase').replace('version: 1', 'version: 2');

  expect((await buyer.ask(`/runs/${bought}/compare/${sold}`)).status).toBe(404);
  expect((await buyer.ask('/definitions/what-if', { file: 'a.yaml', text, run: sold })).status).toBe(404);
  const bulk = { where: 'status=RUNNING', command: { kind: 'pauseRun' }, dryRun: true };
  expect((await buyer.ask('/runs/bulk', bulk)).body).toMatchObject({ code: 'authority.level' });
});

test('a text that claims the domain of the token opens no definition of another one', async () => {
  const { buyer } = await openWorld();
  const text = asking('selling', 'purchase').replace('version: 1', 'version: 2');
  for (const body of [
    { file: 'selling.yaml', text, dryRun: true },
    { file: 'selling.yaml', text, dryRun: false, acceptDifferences: true },
  ])
    expect((await buyer.ask('/definitions/publish', body)).body).toMatchObject({ status: 403 });
  expect((await buyer.ask('/definitions/save', { file: 'selling.yaml', text, replace: true })).status).toBe(
    403,
  );
});

test('no path to a file leads to a definition of another domain', async () => {
  const { buyer } = await openWorld();
  for (const definition of [
    'definitions/selling.yaml',
    './definitions/selling.yaml',
    'definitions/../definitions/selling.yaml',
    'selling@1',
  ])
    for (const draft of [true, false])
      expect((await buyer.ask('/runs', { definition, draft })).status, definition).toBeGreaterThanOrEqual(
        400,
      );
  expect((await buyer.ask('/definitions/selling?file=definitions/selling.yaml')).status).toBe(404);
});

test('a stream of a run of another domain stays empty, from wherever it is resumed', async () => {
  const { buyer, url, boss, sold } = await openWorld();
  await boss.ask(`/runs/${sold}/commands`, { kind: 'pauseRun' });
  await boss.ask(`/runs/${sold}/commands`, { kind: 'resumeRun' });
  for (const query of [`run=${sold}&after=0`, 'after=0', 'after=1']) {
    const leaving = new AbortController();
    const { signal } = leaving;
    const answer = await fetch(`${url}/api/v1/stream?${query}`, { headers: buyer.headers, signal });
    // It is sent once all that there is was told.
    const said = await saidUntil(answer, '"kind":"agents"');
    leaving.abort();
    expect(said).not.toContain(sold);
  }
});

test('whoever is not asked by name is not let in by asking for theirs', async () => {
  const { add, sold } = await openWorld();
  const bea = await add('bea', 'L3', 'purchase');
  const delegated = { kind: 'delegateApproval', task: 'sign', to: 'bea' };

  expect((await bea.ask('/approvals?mine=1')).text).not.toContain(sold);
  expect((await bea.ask(`/approvals/${sold}/sign`)).status).toBe(404);
  expect((await bea.ask(`/runs/${sold}/commands`, delegated)).status).toBe(404);
});

test('whoever a task asks by name learns of that run, and of nothing else of its domain', async () => {
  const { add, boss, sold } = await openWorld();
  const eve = await add('eve', 'L3', 'purchase');
  const other = ((await boss.ask('/runs', { definition: 'selling' })).body as { readonly run: string }).run;
  await boss.ask(`/runs/${other}/commands`, { kind: 'terminateRun' });

  expect((await eve.ask(`/runs/${sold}`)).status).toBe(200);
  expect((await eve.ask(`/runs/${other}`)).status).toBe(404);
  expect((await eve.ask('/definitions/selling')).status).toBe(404);
  expect((await eve.ask('/runs')).text).not.toContain(sold);
  for (const body of [{ kind: 'pauseRun' }, { kind: 'terminateRun' }, { kind: 'signal', name: 'go' }])
    expect((await eve.ask(`/runs/${sold}/commands`, body)).body).toMatchObject({ code: 'authority.level' });
});

test('what one caller was answered is not kept for a caller of another domain', async () => {
  const { boss, buyer, sold } = await openWorld();
  for (const path of ['/home', '/runs', '/definitions', '/approvals', '/failures', '/insights', '/map']) {
    await boss.ask(path);
    const told = (await buyer.ask(path)).text;
    expect(told, path).not.toContain(sold);
    expect(told, path).not.toContain('selling');
  }
  expect((await boss.ask(`/runs/${sold}/timeline`)).status).toBe(200);
  expect((await buyer.ask(`/runs/${sold}/timeline`)).status).toBe(404);
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
