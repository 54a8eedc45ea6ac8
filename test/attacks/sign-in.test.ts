// Attacks on the sign-in by a provider: none of them signs anybody in, or opens more than it should. Method: the whole
// server against a real provider, and browsers of victims and attackers.
import { expect, test } from 'vitest';
import { createBrowser, leadsTo, openSignIn, signIn } from '../sign-in/provider.ts';

type World = Awaited<ReturnType<typeof openSignIn>>;

/** A browser that is about to come back from the provider, and the address that it would come back to. */
async function atTheDoor({ url }: World, login = 'bob') {
  const browser = createBrowser();
  const { url: callback } = await signIn(browser, url, login, { until: `${url}/oidc/callback` });

  return { browser, callback: new URL(callback) };
}

/** Where an answer led, without the address of the server; and that it came without a session. */
function refusedWith({ url }: World, answer: Response): string {
  expect(answer.headers.getSetCookie().join()).not.toContain('workflow_token=3oxs_');

  return leadsTo(answer, url).slice(url.length);
}

test('a callback that no browser began signs nobody in', async () => {
  const world = await openSignIn();
  const answer = await createBrowser().ask(`${world.url}/oidc/callback?state=made-up&code=made-up`);

  expect(refusedWith(world, answer)).toBe('/sign-in?problem=oidc.state');
});

test('the callback of an attacker signs nobody in in the browser of a victim', async () => {
  const world = await openSignIn();
  const { callback } = await atTheDoor(world);

  expect(refusedWith(world, await createBrowser().ask(callback.href))).toBe('/sign-in?problem=oidc.state');
});

test('a proof that was begun for another state counts for none', async () => {
  const world = await openSignIn();
  const [victim, attacker] = [await atTheDoor(world, 'ana'), await atTheDoor(world, 'gus')];
  const state = attacker.callback.searchParams.get('state') ?? '';
  victim.browser.setCookie(world.url, `workflow_oidc_${state.slice(0, 12)}`, 'guessed');

  expect(refusedWith(world, await victim.browser.ask(attacker.callback.href))).toBe(
    '/sign-in?problem=oidc.state',
  );
});

test('a callback counts once', async () => {
  const world = await openSignIn();
  const { browser, callback } = await atTheDoor(world);
  const first = await browser.ask(callback.href);

  expect(first.headers.getSetCookie().join()).toContain('workflow_token=3oxs_');
  expect(refusedWith(world, await browser.ask(callback.href))).toBe('/sign-in?problem=oidc.state');
});

test('a code that was used opens nothing with a fresh state', async () => {
  const world = await openSignIn();
  const { browser, callback } = await atTheDoor(world);
  const code = callback.searchParams.get('code') ?? '';
  await browser.ask(callback.href);
  const again = await atTheDoor(world);
  again.callback.searchParams.set('code', code);

  expect(refusedWith(world, await again.browser.ask(again.callback.href))).toBe(
    '/sign-in?problem=oidc.refused',
  );
});

test('a stolen code opens nothing where another verifier was made', async () => {
  const world = await openSignIn();
  const [victim, attacker] = [await atTheDoor(world, 'ana'), await atTheDoor(world, 'gus')];
  attacker.callback.searchParams.set('code', victim.callback.searchParams.get('code') ?? '');

  expect(refusedWith(world, await attacker.browser.ask(attacker.callback.href))).toBe(
    '/sign-in?problem=oidc.refused',
  );
});

test.each(['https://elsewhere.example', ''])('an answer of the issuer "%s" is refused', async (issuer) => {
  const world = await openSignIn();
  const { browser, callback } = await atTheDoor(world);
  if (issuer === '') callback.searchParams.delete('iss');
  else callback.searchParams.set('iss', issuer);

  expect(refusedWith(world, await browser.ask(callback.href))).toBe('/sign-in?problem=oidc.refused');
});

test('whoever says no at the provider is not signed in', async () => {
  const world = await openSignIn();
  const { browser, callback } = await atTheDoor(world);
  callback.searchParams.delete('code');
  callback.searchParams.set('error', 'access_denied');

  expect(refusedWith(world, await browser.ask(callback.href))).toBe('/sign-in?problem=oidc.refused');
});

test('no address that was sent along leads elsewhere after signing in', async () => {
  const { url } = await openSignIn();
  const browser = createBrowser();
  const addresses = [
    ...['https://evil.example/', '//evil.example/', '/\\evil.example', '/\t/evil.example', '\\/evil.example'],
    ...[
      'javascript:alert(1)',
      '/..//evil.example',
      '/.//evil.example',
      ' //evil.example',
      '/%2e%2e//evil.example',
    ],
  ];
  for (const to of addresses) {
    const start = `${url}/oidc/sign-in?to=${encodeURIComponent(to)}`;
    const landed = await signIn(browser, url, 'bob', { start });
    expect(new URL(landed.url).origin, to).toBe(url);
    expect(landed.answer.headers.get('location'), to).toMatch(/^\/(?![/\\])/);
  }
});

test('no Host header leads the provider to send a browser elsewhere', async () => {
  const { ask, provider } = await openSignIn();
  for (const host of ['evil.example', 'localhost.evil.example', '10.1.2.3']) {
    const answer = await ask('/oidc/sign-in', { headers: { host } });
    const { location = '/sign-in?problem=none' } = answer.headers;
    expect(location.startsWith(provider.issuer), host).toBe(false);
  }
});

test('a token that somebody put into the browser before is none of the session that begins', async () => {
  const world = await openSignIn();
  const attacker = await world.signedIn('gus');
  const browser = createBrowser();
  browser.setCookie(world.url, 'workflow_token', attacker.cookie);
  await signIn(browser, world.url, 'ana');
  const own = browser.cookie(world.url, 'workflow_token') ?? '';

  expect(own).not.toBe(attacker.cookie);
  const headers = { authorization: `Bearer ${attacker.cookie}` };
  expect((await world.ask('/api/v1/session', { headers })).status).toBe(401);
});

test('the cookie of a session that ended opens nothing, however it is sent', async () => {
  const { ask, signedIn } = await openSignIn();
  const { cookie } = await signedIn('ana');
  const headers = { cookie: `workflow_token=${cookie}` };
  await ask('/api/v1/session', { method: 'DELETE', headers });

  expect((await ask('/api/v1/runs', { headers })).status).toBe(401);
  const bearer = { authorization: `Bearer ${cookie}` };
  expect((await ask('/api/v1/runs', { headers: bearer })).status).toBe(401);
  expect((await ask('/api/v1/session', { body: { token: cookie } })).status).toBe(401);
});

test('the cookie of a session is no token of a project, and goes to no other site', async () => {
  const { url } = await openSignIn();
  const landed = await signIn(createBrowser(), url, 'bob');
  const line = landed.answer.headers.getSetCookie().find((each) => each.startsWith('workflow_token=')) ?? '';

  expect(line).toContain('HttpOnly');
  expect(line).toContain('SameSite=Strict');
});

test('off this machine every cookie goes over https alone', async () => {
  const { url } = await openSignIn({ origin: 'https://workflow.example' });
  const answer = await createBrowser().ask(`${url}/oidc/sign-in`);

  expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; Secure; SameSite=Lax/);
  expect(new URL(answer.headers.get('location') ?? '').searchParams.get('redirect_uri')).toBe(
    'https://workflow.example/oidc/callback',
  );
});

test('tokens of the provider, also those of another client, are none of ours', async () => {
  const { ask, provider } = await openSignIn();
  for (const clientId of ['workflow', 'other']) {
    const token = new provider.provider.AccessToken({
      ...{ accountId: 'ana', client: await provider.provider.Client.find(clientId) },
      ...{ scope: 'openid', grantId: 'none', gty: 'authorization_code', expiresIn: 3_600 },
    });
    const headers = { authorization: `Bearer ${await token.save()}` };
    expect((await ask('/api/v1/runs', { headers })).status).toBe(401);
  }
});

test('one who begins to let devices in again and again is told to wait, before the provider hears of it', async () => {
  const { ask } = await openSignIn();
  const begin = async () => (await ask('/oidc/device', { method: 'POST' })).status;
  const statuses = await Promise.all(Array.from({ length: 21 }, begin));

  expect(statuses.sort()).toEqual([...Array.from({ length: 20 }, () => 200), 429]);
});

test('a device is let in by nobody but whoever confirms its code, and asked about by nobody but itself', async () => {
  const world = await openSignIn();
  const { ask, url, pass } = world;
  const begun = (await ask('/oidc/device', { method: 'POST' })).body as {
    readonly device: string;
    readonly userCode: string;
    readonly verificationUriComplete: string;
  };
  const poll = async (device: string) => {
    pass(6_000);
    return ask('/oidc/device/token', { body: { device }, headers: { 'content-type': 'application/json' } });
  };
  await signIn(createBrowser(), url, 'bob', { start: begun.verificationUriComplete });
  const [key = ''] = begun.device.split('.');

  for (const device of [key, `${key}.`, `${key}.guess`, begun.userCode, '', '.'])
    expect((await poll(device)).body).toMatchObject({ status: 400, code: 'oidc.state' });
  const [one, other] = await Promise.all([poll(begun.device), poll(begun.device)]);
  const told = [one, other].filter(({ body }) => 'token' in (body as object));
  expect(told).toHaveLength(1);
});

test('another site begins nothing in the browser of its visitor', async () => {
  const { ask } = await openSignIn();
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
    for (const path of ['/oidc/device', '/oidc/device/token'])
      expect((await ask(path, { method: 'POST', headers })).body).toMatchObject({ code: 'http.origin' });
});

test('a session of L3 changes nothing but what asks it by name', async () => {
  const { ask, signedIn } = await openSignIn();
  const { cookie } = await signedIn('gus');
  const headers = { cookie: `workflow_token=${cookie}` };
  const asked = [
    ask('/api/v1/agents/a/drain', { headers, body: {} }),
    ask('/api/v1/events', { headers, body: { type: 'order.paid' } }),
    ask('/api/v1/definitions/save', {
      headers,
      body: { file: 'a.yaml', text: 'workflow: {}', replace: true },
    }),
    ask('/api/v1/runs/bulk', {
      headers,
      body: { where: 'status=RUNNING', command: { kind: 'pauseRun' }, dryRun: true },
    }),
  ];

  for (const { body } of await Promise.all(asked))
    expect(body).toMatchObject({ status: 403, code: 'authority.level' });
});

test('a flood of made-up sessions is limited, and those that there are pass', async () => {
  const { ask, signedIn } = await openSignIn();
  const { cookie } = await signedIn('bob');
  const guesses = Array.from({ length: 40 }, (_, at) => `Bearer 3oxs_${String(at).padStart(43, 'x')}`);
  const answers = await Promise.all(
    guesses.map((authorization) => ask('/api/v1/runs', { headers: { authorization } })),
  );
  const headers = { authorization: `Bearer ${cookie}` };

  expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(11);
  expect(answers.every(({ status }) => status === 401 || status === 429)).toBe(true);
  expect((await ask('/api/v1/runs', { headers })).status).toBe(200);
});
