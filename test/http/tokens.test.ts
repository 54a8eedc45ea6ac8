// Who may ask, and how much of it: tokens, the cookie that stands for one, and the bound that a token is. Method: the
// whole API on a port of its own that does not count as this machine, asked over real sockets.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { definitionText } from '../support/definition-text.ts';
import { openServer } from './api-server.ts';

const minute = 60_000;

async function openElsewhere(files: Readonly<Record<string, string>> = {}) {
  const server = await openServer({ isLoopback: false, files });
  const { access } = server.deps;
  const add = async (
    level: 'L0' | 'L1' | 'L2' | 'L3',
    more: { domain?: string; expiresAt?: string } = {},
  ) => {
    const { token, entry } = await access.add({ as: 'ada', level, ...more });
    return { token, entry, headers: { authorization: `Bearer ${token}` } };
  };

  return { ...server, access, add };
}

test('from elsewhere nothing is told without a token but that the process lives, and the page to sign in on', async () => {
  const { ask } = await openElsewhere();
  for (const path of ['/api/v1/runs', '/api/v1/stream', '/metrics', '/openapi.json', '/reference'])
    expect((await ask(path)).body).toMatchObject({ status: 401, code: 'http.token' });

  for (const path of ['/healthz', '/readyz']) expect((await ask(path)).status).toBe(200);
  expect((await ask('/sign-in')).status).toBe(200);
  expect((await ask('/api/v1/session')).body).toMatchObject({
    needsToken: true,
    isSignedIn: false,
    actor: '',
  });
});

test('a token opens, and opens nothing when it is wrong, expired or revoked', async () => {
  const { ask, access, add } = await openElsewhere();
  const { token, entry, headers } = await add('L1');
  const expired = await add('L1', { expiresAt: new Date(Date.now() - minute).toISOString() });

  expect((await ask('/api/v1/session', { headers })).body).toMatchObject({ actor: 'ada', level: 'L1' });
  const wrong = [
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -1)}`,
    'Bearer',
    `Basic ${token}`,
    expired.headers.authorization,
  ];
  for (const authorization of wrong)
    expect((await ask('/api/v1/runs', { headers: { authorization } })).status).toBe(401);
  expect((await ask('/api/v1/runs', { headers })).status).toBe(200);
  await access.revoke(entry.id);
  expect((await ask('/api/v1/runs', { headers })).status).toBe(401);
});

test('a browser signs in for a cookie that no script and no other site can use, and out again', async () => {
  const { ask, add } = await openElsewhere();
  const { token } = await add('L2', { domain: 'sales' });
  const signedIn = await ask('/api/v1/session', { body: { token } });
  const [cookie = ''] = signedIn.headers['set-cookie'] ?? [];

  expect(signedIn.body).toMatchObject({ actor: 'ada', level: 'L2', domain: 'sales', isSignedIn: true });
  expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  const headers = { cookie: cookie.split(';')[0] };
  expect((await ask('/api/v1/runs', { headers })).status).toBe(200);
  const signedOut = await ask('/api/v1/session', { method: 'DELETE', headers });
  expect(signedOut.headers['set-cookie']?.[0]).toMatch(/^workflow_token=; Max-Age=0/);
  expect((await ask('/api/v1/session', { body: { token: `${token}x` } })).status).toBe(401);
});

test('the cookie goes over https only where the request came so', async () => {
  const { ask, deps } = await openServer({ isSecure: () => true });
  const { token } = await deps.access.add({ as: 'ada', level: 'L1' });

  expect((await ask('/api/v1/session', { body: { token } })).headers['set-cookie']?.[0]).toMatch(/; Secure;/);
});

test('whoever tries tokens that open nothing has to wait, and one that opens passes whatever others try', async () => {
  const { ask, access, add } = await openElsewhere();
  const { headers } = await add('L1');
  const tried = await Promise.all(
    Array.from({ length: 10 }, () => ask('/api/v1/session', { body: { token: 'guess' } })),
  );
  const refused = await ask('/api/v1/session', { body: { token: 'guess' } });
  const passed = await Promise.all(Array.from({ length: 30 }, () => ask('/api/v1/runs', { headers })));

  expect(passed.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 200));
  expect(tried.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 401));
  expect(refused).toMatchObject({ status: 429, body: { code: 'http.too-many', retryable: true } });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(await access.list()).toHaveLength(1);
});

test('from the machine itself a token is needed as from anywhere, and a link of the owner opens once', async () => {
  const { ask, deps, url } = await openServer({ asOwner: false });
  expect((await ask('/api/v1/runs')).body).toMatchObject({ status: 401, code: 'http.token' });
  const code = (await deps.owner.link(url)).split('#')[1] ?? '';
  const opened = await ask('/api/v1/session', { body: { token: code } });
  const [cookie = ''] = opened.headers['set-cookie'] ?? [];
  const headers = { cookie: cookie.split(';')[0] };

  expect(opened.body).toMatchObject({ actor: 'ana', isSignedIn: true });
  expect(cookie).toMatch(/^workflow_owner_\d+=s[\w-]+; Path=\/; HttpOnly; SameSite=Strict$/);
  expect((await ask('/api/v1/runs', { headers })).status).toBe(200);
  expect((await ask('/api/v1/session', { body: { token: code } })).status).toBe(401);
  const out = await ask('/api/v1/session', { method: 'DELETE', headers });
  expect(out.headers['set-cookie']?.[1]).toMatch(/^workflow_owner_\d+=; Max-Age=0/);
});

test('a code is no token, a session no code, and neither outlives the token that it was made of', async () => {
  const { ask, dir, deps } = await openServer({ asOwner: false });
  const code = (await deps.owner.link('')).slice(1);
  const session = (await deps.owner.openSession(await deps.owner.token())) ?? '';
  const bearer = (text: string) => ask('/api/v1/runs', { headers: { authorization: `Bearer ${text}` } });

  expect((await bearer(code)).status).toBe(401);
  expect((await bearer(session)).status).toBe(401);
  expect((await ask('/api/v1/session', { body: { token: session } })).status).toBe(401);
  expect(await deps.owner.isSession(session)).toBe(true);
  await rm(join(dir, '.3ox', 'owner.header'));
  expect(await deps.owner.isSession(session)).toBe(false);
  expect((await ask('/api/v1/session', { body: { token: code } })).status).toBe(401);
});

test('whoever is not let in is not told where the project is', async () => {
  const { ask, add } = await openElsewhere();
  const { headers } = await add('L3');

  expect((await ask('/api/v1/session')).body).toMatchObject({ actor: '', namespace: '', project: '' });
  expect((await ask('/api/v1/session', { headers })).body).toMatchObject({
    namespace: 'default',
    project: expect.stringContaining('/'),
  });
});

const waiting = definitionText(
  '- { id: sign, type: HUMAN, approvers: { names: [ada] } }',
  'labels: { domain: sales }',
).replace('id: under-test', 'id: signing');

test('a token reaches no further than its level and its domain, whatever its principal may do', async () => {
  const { ask, add } = await openElsewhere({ 'definitions/signing.yaml': waiting });
  const boss = await add('L1');
  const seller = await add('L2', { domain: 'sales' });
  const buyer = await add('L2', { domain: 'purchase' });
  const visitor = await add('L3');
  const start = { body: { definition: 'signing' } };
  const refused = { status: 403, body: { code: expect.stringMatching(/^authority\./) } };

  // A definition that nobody registered yet is registered by its first start.
  expect(await ask('/api/v1/runs', { ...start, headers: seller.headers })).toMatchObject(refused);
  const first = (await ask('/api/v1/runs', { ...start, headers: boss.headers })).body as { run: string };
  expect((await ask('/api/v1/runs', { ...start, headers: seller.headers })).status).toBe(201);
  expect(await ask('/api/v1/runs', { ...start, headers: visitor.headers })).toMatchObject(refused);
  // What is of another domain is not there for a token that is bounded to one.
  expect(await ask('/api/v1/runs', { ...start, headers: buyer.headers })).toMatchObject({ status: 404 });

  const path = `/api/v1/runs/${first.run}/commands`;
  const pause = { body: { kind: 'pauseRun' } };
  // The run asks whoever they act for by name, and shows itself to them for that.
  for (const { headers } of [seller, buyer, visitor])
    expect(await ask(path, { ...pause, headers })).toMatchObject(refused);
  expect(await ask(path, { body: { kind: 'signal', name: 'go' }, headers: visitor.headers })).toMatchObject(
    refused,
  );
  expect(
    (await ask(path, { body: { kind: 'approve', task: 'sign' }, headers: visitor.headers })).status,
  ).toBe(200);
  expect(await ask('/api/v1/agents/A/drain', { body: {}, headers: seller.headers })).toMatchObject(refused);
});

test('a token that reaches for less than its principal cannot give away by an absence what it does not reach for', async () => {
  const { ask, add } = await openElsewhere();
  const away = async (level: 'L0' | 'L1' | 'L3') =>
    ask('/api/v1/absences', {
      method: 'POST',
      headers: { ...(await add(level)).headers, 'content-type': 'application/json' },
      body: JSON.stringify({ to: 'bob', until: '2d' }),
    });
  for (const level of ['L1', 'L3'] as const)
    expect((await away(level)).body).toMatchObject({ status: 403, code: 'authority.level' });
  expect((await away('L0')).body).toMatchObject({ items: [{ who: 'ada', to: 'bob', state: 'away' }] });
});

test('a token of one domain declares no absence: whoever is named would answer in all of them', async () => {
  const { ask, add } = await openElsewhere();
  const { headers } = await add('L2', { domain: 'sales' });
  const answer = await ask('/api/v1/absences', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ to: 'bob', until: '2d' }),
  });
  expect(answer.body).toMatchObject({ status: 403, code: 'authority.domain' });
});
