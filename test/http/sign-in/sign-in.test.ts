// A provider signs people in: browsers by the code flow, programs by the device flow; groups say what they may do, and
// a session ends when the provider says so. Method: a real provider and the whole server, both on free ports, and a
// browser that follows redirects, fills forms in and keeps cookies. Time passes on a clock that the test moves.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadServeFile } from '../../../machines/serve-file/load-serve-file.ts';
import { createBrowser, leadsTo, openSignIn, signIn } from '../../sign-in/provider.ts';

const minute = 60_000;

test('a browser comes back from the provider signed in, on the page that it asked for', async () => {
  const { url, ask, signedIn } = await openSignIn();
  const browser = createBrowser();
  const landed = await signIn(browser, url, 'bob', {
    start: `${url}/oidc/sign-in?to=/runs%3Fstatus%3Dfailed`,
  });
  const cookie = landed.answer.headers.getSetCookie().find((line) => line.startsWith('workflow_token='));

  expect(landed.url).toBe(`${url}/runs?status=failed`);
  expect(cookie).toMatch(/^workflow_token=3oxs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  const headers = { cookie: cookie?.split(';')[0] };
  expect((await ask('/api/v1/session', { headers })).body).toMatchObject({
    ...{ actor: 'bob', level: 'L2', domain: 'sales', isSignedIn: true, provider: 'Example' },
  });
  // Of several groups the highest level counts.
  const ana = await signedIn('ana');
  const asAna = { headers: { cookie: `workflow_token=${ana.cookie}` } };
  expect((await ask('/api/v1/session', asAna)).body).toMatchObject({ actor: 'ana', level: 'L1' });
});

test('whoever is in none of the groups is refused, and so is a claim that names nobody', async () => {
  const { url, change, troubles } = await openSignIn();

  expect((await signIn(createBrowser(), url, 'eve')).url).toBe(`${url}/sign-in?problem=oidc.no-group`);
  change({ userClaim: 'email' });
  expect((await signIn(createBrowser(), url, 'ana')).url).toBe(`${url}/sign-in?problem=oidc.no-user`);
  expect(troubles).toMatchObject([{ code: 'oidc.no-group' }, { code: 'oidc.no-user' }]);
});

test('a session ends within a minute of its end at the provider, and so does the stream', async () => {
  const { ask, signedIn, provider, pass, url } = await openSignIn();
  const { cookie } = await signedIn('bob');
  const headers = { cookie: `workflow_token=${cookie}` };
  const isLetIn = async () => (await ask('/api/v1/runs', { headers })).status === 200;

  pass(minute / 2);
  expect(await isLetIn()).toBe(true);
  const stream = await fetch(`${url}/api/v1/stream`, { headers });
  const said = stream.body?.getReader();
  await said?.read();
  await provider.revokeAll();
  // The stream asks by itself: nobody else asks for anything.
  pass(minute / 2);
  for (let part = await said?.read(); part?.done === false; part = await said?.read());
  expect(await isLetIn()).toBe(false);
});

test('what a user may do follows their groups, and nothing is left where they are in none', async () => {
  const { ask, signedIn, users, pass } = await openSignIn();
  const { cookie } = await signedIn('bob');
  const headers = { cookie: `workflow_token=${cookie}` };

  users.set('bob', ['admins']);
  pass(minute / 2);
  expect((await ask('/api/v1/session', { headers })).body).toMatchObject({ level: 'L1' });
  users.set('bob', []);
  pass(minute / 2);
  expect((await ask('/api/v1/session', { headers })).body).toMatchObject({ isSignedIn: false });
});

test('without a refresh token the provider is asked about the access token', async () => {
  const { ask, signedIn, provider, pass } = await openSignIn({ scopes: ['openid'] });
  const { cookie } = await signedIn('bob');
  const headers = { cookie: `workflow_token=${cookie}` };
  pass(minute / 2);
  expect((await ask('/api/v1/runs', { headers })).status).toBe(200);
  await provider.revokeAll();
  pass(minute / 2);

  expect((await ask('/api/v1/runs', { headers })).status).toBe(401);
});

test('a provider that is down stops no engine and no token, and nobody is believed longer than a minute', async () => {
  const { ask, signedIn, provider, pass, deps, url } = await openSignIn();
  const { cookie } = await signedIn('bob');
  const { token } = await deps.access.add({ as: 'ada', level: 'L1' });
  const headers = { cookie: `workflow_token=${cookie}` };
  await provider.stop();

  pass(minute / 2);
  expect((await ask('/api/v1/runs', { headers })).status).toBe(200);
  pass(minute / 2);
  expect((await ask('/api/v1/runs', { headers })).body).toMatchObject({
    status: 503,
    code: 'oidc.unreachable',
  });
  expect((await ask('/sign-in', { headers })).status).toBe(200);
  expect((await ask('/api/v1/runs', { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  expect((await ask('/healthz')).status).toBe(200);
  const { provider: other, url: elsewhere } = await openSignIn();
  await other.stop();
  const refused = await createBrowser().ask(`${elsewhere}/oidc/sign-in`);
  expect(leadsTo(refused, url)).toBe(`${url}/sign-in?problem=oidc.unreachable`);
});

test('signing out ends the session here and at the provider', async () => {
  const { ask, signedIn, provider } = await openSignIn();
  const { cookie } = await signedIn('bob');
  const headers = { cookie: `workflow_token=${cookie}` };
  const out = await ask('/api/v1/session', { method: 'DELETE', headers });
  const { endUrl } = out.body as { readonly endUrl: string };

  expect(out.headers['set-cookie']?.[0]).toMatch(/^workflow_token=; Max-Age=0/);
  expect(endUrl).toContain(`${provider.issuer}/session/end?`);
  expect((await ask('/api/v1/runs', { headers })).status).toBe(401);
});

test('a program is signed in by a code that somebody types elsewhere', async () => {
  const { ask, url, pass } = await openSignIn();
  const begun = (await ask('/oidc/device', { method: 'POST' })).body as {
    readonly device: string;
    readonly userCode: string;
    readonly verificationUriComplete: string;
    readonly intervalMs: number;
  };
  const poll = async () => {
    pass(begun.intervalMs);
    return ask('/oidc/device/token', {
      body: { device: begun.device },
      headers: { 'content-type': 'application/json' },
    });
  };

  expect((await poll()).body).toEqual({ status: 'pending' });
  await signIn(createBrowser(), url, 'bob', { start: begun.verificationUriComplete });
  const told = (await poll()).body as { readonly token: string };
  expect(told).toMatchObject({ status: 'signed-in', actor: 'bob', level: 'L2', domain: 'sales' });
  const headers = { authorization: `Bearer ${told.token}` };
  expect((await ask('/api/v1/runs', { headers })).status).toBe(200);
  // It is told once.
  expect((await poll()).body).toMatchObject({ status: 400, code: 'oidc.state' });
  await ask('/api/v1/session', { method: 'DELETE', headers });
  expect((await ask('/api/v1/runs', { headers })).status).toBe(401);
});

test('where no provider is named there is nothing to sign in by, and tokens are as they were', async () => {
  const { ask, change, url } = await openSignIn();
  change(undefined);

  expect((await ask('/api/v1/session')).body).not.toHaveProperty('provider');
  expect((await ask('/oidc/device', { method: 'POST' })).body).toMatchObject({
    status: 404,
    code: 'oidc.off',
  });
  const refused = await createBrowser().ask(`${url}/oidc/sign-in`);
  expect(leadsTo(refused, url)).toBe(`${url}/sign-in?problem=oidc.off`);
});

test('the worked example of docs/sign-in.md lets in whom it says', async () => {
  const page = await readFile(new URL('../../../docs/sign-in.md', import.meta.url), 'utf8');
  const content = /```yaml\n([^`]*)```/.exec(page)?.[1] ?? '';
  const loaded = loadServeFile({ file: 'serve.yaml', content });
  if (!loaded.ok || loaded.oidc === undefined) throw new Error(JSON.stringify(loaded));
  const { issuer: _issuer, origin: _origin, ...written } = loaded.oidc;
  const { ask, signedIn } = await openSignIn(written);

  expect(loaded.warnings).toEqual([]);
  const { cookie } = await signedIn('bob');
  expect(
    (await ask('/api/v1/session', { headers: { cookie: `workflow_token=${cookie}` } })).body,
  ).toMatchObject({
    ...{ actor: 'bob', level: 'L2', domain: 'sales', provider: 'Example' },
  });
});
