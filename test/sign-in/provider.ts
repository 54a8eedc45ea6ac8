// A real OpenID Connect provider on a free port, the server that it signs people in to, and browsers that do what
// people do: they follow where they are led, log in, consent and keep their cookies.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
// @ts-expect-error: the package comes without types; those of what is used here stand below.
import * as untyped from 'oidc-provider';
import { onTestFinished } from 'vitest';
import type { OidcSettings } from '../../machines/serve-file/oidc.ts';
import { systemClock } from '../../src/compose/system-clock.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { createOidcClient } from '../../src/sign-in/oidc-client.ts';
import { openServer } from '../http/api-server.ts';

type Revocable = {
  new (token: object): { readonly save: () => Promise<string> };
  readonly revokeByGrantId: (id: string) => Promise<void>;
};

type Provider = {
  readonly callback: () => RequestListener;
  readonly on: (
    event: 'grant.success',
    listener: (ctx: {
      readonly oidc: { readonly entities: { readonly Grant?: { readonly jti: string } } };
    }) => void,
  ) => void;
  readonly RefreshToken: Revocable;
  readonly AccessToken: Revocable;
  readonly Client: { readonly find: (id: string) => Promise<object | undefined> };
  readonly Grant: {
    readonly find: (id: string) => Promise<{ readonly destroy: () => Promise<void> } | undefined>;
  };
};

const { Provider } = untyped as {
  readonly Provider: new (issuer: string, configuration: object) => Provider;
};

/** Made once: that takes longer than all else. */
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

const secret = 'the secret of the client, which is long enough';

const rights: OidcSettings['groups'] = [
  { group: 'guests', level: 'L3', domain: 'sales' },
  { group: 'sellers', level: 'L2', domain: 'sales' },
  { group: 'admins', level: 'L1' },
];

const farMs = 10_000;

type Users = Map<string, readonly string[]>;

/** The server, the provider, and time that passes when it is told to. */
export async function openSignIn(more: Partial<OidcSettings> & { files?: Record<string, string> } = {}) {
  const { files = {}, ...changed } = more;
  const { clock, pass } = movedClock();
  let settings: OidcSettings | undefined;
  const identity = createOidcClient({ settings: () => settings, secrets: { get: () => secret } });
  const server = await openServer({ isLoopback: false, identity, clock, files });
  const users: Users = new Map([
    ['ana', ['admins', 'guests']],
    ['bob', ['sellers']],
    ['gus', ['guests']],
    ['eve', ['strangers']],
  ]);
  const provider = await openProvider(server.url, users);
  const known: OidcSettings = {
    ...{ name: 'Example', issuer: provider.issuer, clientId: 'workflow', clientSecret: 'OIDC' },
    ...{ scopes: ['openid', 'offline_access'], userClaim: 'sub', groupsClaim: 'groups', groups: rights },
    ...changed,
  };
  settings = known;

  return {
    ...server,
    ...{ provider, users },
    change: (to: Partial<OidcSettings> | undefined) => {
      settings = to && { ...known, ...to };
    },
    pass,
    /** A browser that has signed in, and what it was answered last. */
    signedIn: async (login: string) => {
      const browser = createBrowser();
      const landed = await signIn(browser, server.url, login);
      return { browser, landed, cookie: browser.cookie(server.url, 'workflow_token') ?? '' };
    },
  };
}

/** Runs as the clock of the system does; what is far off comes when the test lets time pass. */
function movedClock() {
  let aheadMs = 0;
  const later = new Set<{ readonly dueMs: number; readonly act: () => void }>();
  const clock: Clock = {
    ...systemClock,
    steady: () => systemClock.steady() + aheadMs,
    after: (delayMs, act) => {
      if (delayMs < farMs) return systemClock.after(delayMs, act);
      const timer = { dueMs: aheadMs + delayMs, act };
      later.add(timer);
      return () => later.delete(timer);
    },
  };
  const pass = (ms: number): void => {
    aheadMs += ms;
    for (const timer of [...later]) {
      if (timer.dueMs > aheadMs || !later.delete(timer)) continue;
      timer.act();
    }
  };

  return { clock, pass };
}

type OpenedProvider = {
  readonly issuer: string;
  readonly provider: Provider;
  readonly server: Server;
  /** Nothing that was granted to anybody stands any more. */
  readonly revokeAll: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

async function openProvider(serverUrl: string, users: Users): Promise<OpenedProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const grants = new Set<string>();
  const client = (id: string, redirect: string) => ({
    ...{ client_id: id, client_secret: secret, token_endpoint_auth_method: 'client_secret_post' as const },
    redirect_uris: [redirect],
    post_logout_redirect_uris: [`${serverUrl}/sign-in`],
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types: ['code' as const],
  });
  const provider = new Provider(issuer, {
    clients: [client('workflow', `${serverUrl}/oidc/callback`), client('other', `${serverUrl}/other`)],
    findAccount: (_ctx: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({
        sub,
        groups: [...(users.get(sub) ?? [])],
        email: `${sub}@example.org`,
        email_verified: false,
      }),
    }),
    claims: { openid: ['sub', 'groups', 'email', 'email_verified'] },
    cookies: { keys: ['a key of cookies'] },
    jwks: { keys: [{ ...key, kid: 'one', alg: 'RS256', use: 'sig' }] },
    rotateRefreshToken: true,
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
  });
  provider.on('grant.success', (ctx) => {
    const id = ctx.oidc.entities.Grant?.jti;
    if (id !== undefined) grants.add(id);
  });
  server.on('request', provider.callback());
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  onTestFinished(stop);

  return {
    ...{ issuer, provider, server, stop },
    revokeAll: async () => {
      for (const id of grants) {
        await provider.RefreshToken.revokeByGrantId(id);
        await provider.AccessToken.revokeByGrantId(id);
        await (await provider.Grant.find(id))?.destroy();
      }
    },
  };
}

export type Browser = ReturnType<typeof createBrowser>;

/** Keeps cookies by origin, and follows nothing by itself. */
export function createBrowser() {
  const jars = new Map<string, Map<string, string>>();

  return {
    cookie: (url: string, name: string) => jars.get(new URL(url).origin)?.get(name),
    setCookie: (url: string, name: string, value: string) => {
      const { origin } = new URL(url);
      jars.set(origin, (jars.get(origin) ?? new Map()).set(name, value));
    },
    ask: async (url: string, form?: Readonly<Record<string, string>>): Promise<Response> => {
      const { origin } = new URL(url);
      const jar = jars.get(origin) ?? new Map<string, string>();
      jars.set(origin, jar);
      const answer = await fetch(url, {
        redirect: 'manual',
        headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
      });
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
        else jar.set(name, value);
      }
      return answer;
    },
  };
}

/** Where an answer leads to. */
export function leadsTo(answer: Response, from: string): string {
  return new URL(answer.headers.get('location') ?? '', from).href;
}

const turnsMax = 20;

/** Follows the way to the provider and back; `until` stops before an address that begins so. */
export async function signIn(
  browser: Browser,
  serverUrl: string,
  login: string,
  { start = `${serverUrl}/oidc/sign-in`, until = '' }: { start?: string; until?: string } = {},
): Promise<{ readonly url: string; readonly answer: Response }> {
  let url = start;
  let answer = await browser.ask(url);
  for (let turn = 0; turn < turnsMax; turn++) {
    if (answer.status >= 300 && answer.status < 400) {
      url = leadsTo(answer, url);
      const isBack = url.startsWith(serverUrl) && !url.startsWith(`${serverUrl}/oidc/`);
      if (isBack || (until !== '' && url.startsWith(until))) return { url, answer };
      answer = await browser.ask(url);
    } else {
      const page = await answer.clone().text();
      const form = formOf(page, login);
      if (form === undefined) return { url, answer };
      url = new URL(form.action, url).href;
      answer = await browser.ask(url, form.fields);
    }
  }

  throw new Error(`it goes on for ever: ${url}`);
}

/** The form on a page of the provider, filled in: the login, the consent, the code of a device. */
function formOf(page: string, login: string) {
  const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1];
  if (action === undefined) return undefined;
  const hidden = [...page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
    /name="([^"]*)"/.exec(input)?.[1] ?? '',
    /value="([^"]*)"/.exec(input)?.[1] ?? '',
  ]);
  const isLogin = page.includes('name="login"');

  return {
    action: action.replaceAll('&amp;', '&'),
    fields: {
      ...Object.fromEntries(hidden),
      ...(isLogin ? { login, password: 'any' } : {}),
    } as Record<string, string>,
  };
}
