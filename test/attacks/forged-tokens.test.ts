// Attacks by what a provider sends: ID tokens that are forged, and claims that name nobody. Method: the whole server
// against a rogue provider, which sends whatever the attacker likes; that it is let in where its token is right shows
// that it is refused for what is wrong with it.
import { createHmac, createPublicKey, generateKeyPairSync, sign as signed } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createBrowser, leadsTo, openSignIn } from '../sign-in/provider.ts';

type World = Awaited<ReturnType<typeof openSignIn>>;

test('nobody signs in by a name that is taken, empty, too long or no name', async () => {
  const world = await openSignIn();
  for (const login of [
    'engine',
    'anyone',
    'worker:a',
    '',
    ' ',
    'a\u0007b',
    'x'.repeat(201),
    7,
    ['ana'],
    null,
  ])
    expect(
      await signedInBy(world, ({ claims, sign }) => sign({ ...claims, login }), { userClaim: 'login' }),
      JSON.stringify(login),
    ).toBe('oidc.no-user');
});

test('groups that are no list of names let nobody in', async () => {
  const world = await openSignIn();
  const claimed = [
    { admins: true },
    [['admins']],
    'admins-of-another-team',
    'Admins',
    true,
    null,
    [7],
    ['admins '],
  ];
  for (const groups of claimed)
    expect(
      await signedInBy(world, ({ claims, sign }) => sign({ ...claims, groups })),
      JSON.stringify(groups),
    ).toBe('oidc.no-group');
});

const forged: Readonly<Record<string, (forge: Forge) => string>> = {
  'without a signature (alg none)': ({ claims }) => `${encoded({ alg: 'none' })}.${encoded(claims)}.`,
  'signed by another key': ({ claims, sign }) => sign(claims, otherKey),
  'signed with the secret of the client': ({ claims }) => hmacSigned(claims, 'the secret of the client'),
  'signed with the public key as a secret (algorithm confusion)': ({ claims }) =>
    hmacSigned(claims, createPublicKey(ownKey).export({ type: 'spki', format: 'pem' })),
  'for another client': ({ claims, sign }) => sign({ ...claims, aud: 'other' }),
  'for us and another client, meant for that one': ({ claims, sign }) =>
    sign({ ...claims, aud: ['workflow', 'other'], azp: 'other' }),
  'of another issuer': ({ claims, sign }) => sign({ ...claims, iss: 'https://elsewhere.example' }),
  'that has expired': ({ claims, sign }) => sign({ ...claims, exp: seconds() - 60 }),
  'of tomorrow': ({ claims, sign }) => sign({ ...claims, nbf: seconds() + 86_400 }),
  'with another nonce': ({ claims, sign }) => sign({ ...claims, nonce: 'another' }),
  'without a nonce': ({ claims: { nonce: _nonce, ...claims }, sign }) => sign(claims),
  'without a subject': ({ claims: { sub: _sub, ...claims }, sign }) => sign(claims),
  'whose claims were changed after it was signed': ({ claims, sign }) => {
    const [head = '', , signature = ''] = sign(claims).split('.');
    return `${head}.${encoded({ ...claims, sub: 'root' })}.${signature}`;
  },
  'that is none at all': () => 'token',
};

test('no forged ID token signs anybody in, and the same provider does with one that is right', async () => {
  const world = await openSignIn();
  const became: Record<string, string> = {};
  for (const [what, forge] of Object.entries(forged)) became[what] = await signedInBy(world, forge);

  expect(became).toEqual(Object.fromEntries(Object.keys(forged).map((what) => [what, 'oidc.refused'])));
  expect(await signedInBy(world, ({ claims, sign }) => sign(claims))).toBe('signed in');
});

type Claims = Readonly<Record<string, unknown>>;
type Forge = {
  readonly claims: Claims;
  readonly sign: (claims: Claims, key?: typeof ownKey) => string;
};

const { privateKey: ownKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const { privateKey: otherKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function rsaSigned(claims: Claims, key = ownKey): string {
  const content = `${encoded({ alg: 'RS256', kid: 'own' })}.${encoded(claims)}`;

  return `${content}.${signed('sha256', Buffer.from(content), key).toString('base64url')}`;
}

function hmacSigned(claims: Claims, secret: string | Buffer): string {
  const content = `${encoded({ alg: 'HS256' })}.${encoded(claims)}`;

  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

/** A provider that sends the ID token that is forged for its issuer. Resolves with that. */
async function openRogue(tokenOf: (issuer: string) => string): Promise<string> {
  const publicKey = createPublicKey(ownKey).export({ format: 'jwk' });
  const server = createServer(async (request, response) => {
    await text(request);
    const answers: Readonly<Record<string, () => unknown>> = {
      '/.well-known/openid-configuration': () => described(issuer),
      '/jwks': () => ({ keys: [{ ...publicKey, kid: 'own', alg: 'RS256', use: 'sig' }] }),
      '/token': () => ({
        ...{ access_token: 'a', token_type: 'bearer', refresh_token: 'r' },
        id_token: tokenOf(issuer),
      }),
    };
    const body = JSON.stringify(answers[request.url ?? '']?.() ?? {});
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return issuer;
}

/** What becomes of a sign-in at a provider that sends this ID token: the code of the refusal, or `signed in`. */
async function signedInBy(
  world: World,
  forge: (forge: Forge) => string,
  settings: { readonly userClaim?: string } = {},
): Promise<string> {
  let nonce = '';
  const issuer = await openRogue((iss) => {
    const times = { iat: seconds(), exp: seconds() + 600 };
    const claims = { iss, aud: 'workflow', sub: 'mal', groups: ['admins'], nonce, ...times };
    return forge({ claims, sign: rsaSigned });
  });
  world.change({ issuer, ...settings });
  const browser = createBrowser();
  const asked = new URL(leadsTo(await browser.ask(`${world.url}/oidc/sign-in`), world.url)).searchParams;
  nonce = asked.get('nonce') ?? '';
  const query = new URLSearchParams({ code: 'code', state: asked.get('state') ?? '' });
  const answer = await browser.ask(`${world.url}/oidc/callback?${query}`);
  if (browser.cookie(world.url, 'workflow_token') !== undefined) return 'signed in';

  return /problem=(\S+)/.exec(answer.headers.get('location') ?? '')?.[1] ?? 'nothing';
}

function described(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
  };
}
