import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { isLoopbackName } from '../../../../machines/loopback.ts';
import { DeviceAnswer, DeviceSignIn } from '../../../api/home.ts';
import { createRateLimit, type Rate } from '../../../lib/rate-limit.ts';
import {
  type Challenge,
  type DeviceRequest,
  type IdentityProvider,
  SignInFailed,
} from '../../../ports/access/identity-provider.ts';
import type { Api, ApiDeps, ApiEnv } from '../../api.ts';
import { createPending, randomName } from '../../sign-in/pending.ts';
import type { Sessions } from '../../sign-in/sessions.ts';
import { TooManyRequests } from '../../too-many-requests.ts';
import { addressOf, cookieName, nameOfHost } from '../../visitor.ts';

/** Absent where no provider can be named: then nothing is there. */
export type SignInDeps = {
  readonly signIns?: { readonly provider: IdentityProvider; readonly sessions: Sessions } | undefined;
  readonly onTrouble: (error: unknown) => void;
};

type Deps = Pick<ApiDeps, 'clock'> & SignInDeps;
type SignIns = NonNullable<SignInDeps['signIns']>;

const beginning = createRoute({
  method: 'get',
  path: '/oidc/sign-in',
  tags: ['session'],
  summary: 'Sends a browser to the provider that signs people in, and then to the page `to`',
  request: { query: z.object({ to: z.string().max(2_000).optional() }) },
  responses: {
    302: { description: 'To the provider; to the page to sign in on where that is not possible' },
  },
});

const comingBack = createRoute({
  method: 'get',
  path: '/oidc/callback',
  tags: ['session'],
  summary: 'Where the provider sends a browser back to',
  responses: {
    302: { description: 'To the page that was asked for, with a cookie; or to the one to sign in on' },
  },
});

const deviceBegins = createRoute({
  method: 'post',
  path: '/oidc/device',
  tags: ['session'],
  summary: 'Begins to sign in a program without a browser, as `workflow login` does',
  responses: {
    200: { description: 'Where to let it in', content: { 'application/json': { schema: DeviceSignIn } } },
  },
});

const deviceAsks = createRoute({
  method: 'post',
  path: '/oidc/device/token',
  tags: ['session'],
  summary: 'What became of it: `pending`, or the token of the session, told this once',
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.strictObject({ device: z.string().max(200) }) } },
    },
  },
  responses: {
    200: { description: 'How it stands', content: { 'application/json': { schema: DeviceAnswer } } },
  },
});

const signInPage = '/sign-in';
const callbackPath = '/oidc/callback';
const cookiePath = '/oidc';
const browserMs = 10 * 60_000;
const stateShown = 12;
/** Each asks the provider, which may end what it is asked too often. */
const beginningsOfAddress: Rate = { burst: 20, perSecond: 1 / 3 };

/** Routes by which a provider signs people in: browsers by the code flow with PKCE, programs by the device flow. */
export function addOidcRoutes(api: Api, deps: Deps): void {
  const browsers = createPending<Challenge & { readonly to: string }>(deps.clock);
  const failed = (c: Context<ApiEnv>, error: unknown): Response => {
    const { code } = error as { readonly code?: unknown };
    if (!(error instanceof SignInFailed)) throw error;
    if (code !== 'oidc.state') deps.onTrouble(error);

    return c.redirect(`${signInPage}?problem=${String(code)}`);
  };
  api.openapi(beginning, async (c) => {
    try {
      const { provider } = signInsOf(deps);
      const origin = originOf(c, provider);
      const { url, challenge } = await provider.begin(`${origin}${callbackPath}`);
      const to = ownPath(c.req.valid('query').to, origin);
      const { proof } = browsers.add(challenge.state, { ...challenge, to }, browserMs, addressOf(c));
      setCookie(c, proofCookie(challenge.state), proof, {
        ...{ httpOnly: true, sameSite: 'Lax', path: cookiePath, maxAge: browserMs / 1_000 },
        secure: isSecureOrigin(origin),
      });

      return c.redirect(url);
    } catch (error) {
      return failed(c, error);
    }
  });
  api.openapi(comingBack, async (c) => {
    try {
      const { provider, sessions } = signInsOf(deps);
      const state = c.req.query('state') ?? '';
      const began = browsers.take(state, getCookie(c, proofCookie(state)) ?? '');
      deleteCookie(c, proofCookie(state), { path: cookiePath });
      if (began === undefined)
        throw new SignInFailed('oidc.state', 'this browser did not begin to sign in here, or too long ago');
      const grant = await provider.complete(began, new URL(c.req.url).search);
      const before = getCookie(c, cookieName);
      if (before !== undefined) sessions.drop(before);
      const secure = isSecureOrigin(new URL(began.redirectUri).origin);
      const rules = { httpOnly: true, sameSite: 'Strict', path: '/', secure } as const;
      setCookie(c, cookieName, sessions.open(grant).token, rules);

      return c.redirect(began.to);
    } catch (error) {
      return failed(c, error);
    }
  });
  addDeviceRoutes(api, deps);
}

type WaitingDevice = DeviceRequest & { askedMs: number };

function addDeviceRoutes(api: Api, deps: Deps): void {
  const devices = createPending<WaitingDevice>(deps.clock);
  const beginnings = createRateLimit(deps.clock, beginningsOfAddress);
  api.openapi(deviceBegins, async (c) => {
    const waitS = beginnings.take(addressOf(c));
    if (waitS !== undefined) throw new TooManyRequests('too many programs began to sign in from here', waitS);
    const asked = await signInsOf(deps).provider.beginDevice();
    const { deviceCode: _secret, ...shown } = asked;
    const key = randomName();
    const waiting = { ...asked, askedMs: deps.clock.steady() };
    const { proof } = devices.add(key, waiting, asked.expiresInMs, addressOf(c));

    return c.json({ device: `${key}.${proof}`, ...shown }, 200);
  });
  api.openapi(deviceAsks, async (c) => {
    const [key = '', proof = ''] = c.req.valid('json').device.split('.');
    const { provider, sessions } = signInsOf(deps);
    const device = devices.get(key, proof);
    if (device === undefined)
      throw new SignInFailed(
        'oidc.state',
        'no device of this name waits here: it was let in, or too long ago',
        {
          fix: 'workflow login',
        },
      );
    const nowMs = deps.clock.steady();
    if (nowMs - device.askedMs < device.intervalMs) return c.json({ status: 'pending' as const }, 200);
    device.askedMs = nowMs;
    const grant = await provider.pollDevice(device.deviceCode);
    // Of two that ask at once, one is told.
    if (grant === undefined || devices.take(key, proof) === undefined)
      return c.json({ status: 'pending' as const }, 200);
    const { token, entry } = sessions.open(grant);
    const { as: actor, level, domain } = entry;
    const who = { actor, level, ...(domain === undefined ? {} : { domain }) };

    return c.json({ status: 'signed-in' as const, token, ...who }, 200);
  });
}

/**
 * Ends the session that a request came with, here and at the provider. Resolves with the address that signs the browser
 * out there; what the provider did not hear of is reported, and the session is over all the same.
 */
export async function endSignIn(c: Context<ApiEnv>, deps: SignInDeps): Promise<string | undefined> {
  const { signIns, onTrouble } = deps;
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? [];
  const token = bearer ?? getCookie(c, cookieName);
  if (signIns === undefined || token === undefined) return undefined;
  try {
    return await signIns.sessions.end(token, `${originOf(c, signIns.provider)}${signInPage}`);
  } catch (error) {
    onTrouble(error);
    return undefined;
  }
}

function signInsOf({ signIns }: SignInDeps): SignIns {
  if (signIns?.provider.current() !== undefined) return signIns;

  throw new SignInFailed('oidc.off', 'serve.yaml names no provider that signs people in', {
    fix: 'sign in with a token: workflow tokens add <name>',
  });
}

/** Where browsers reach this server. A Host header is believed for this machine alone: anybody can write others. */
function originOf(c: Context<ApiEnv>, provider: IdentityProvider): string {
  const named = provider.current()?.origin;
  if (named !== undefined) return named;
  const host = c.req.header('host') ?? '';
  if (isLoopbackName(nameOfHost(host))) return `http://${host}`;

  throw new SignInFailed('oidc.origin', 'serve.yaml does not say where browsers reach this server', {
    fix: 'oidc: { origin: https://... } in serve.yaml',
  });
}

function isSecureOrigin(origin: string): boolean {
  return !isLoopbackName(new URL(origin).hostname);
}

/** One for each sign-in that was begun: they may go on in two windows. */
function proofCookie(state: string): string {
  return `workflow_oidc_${state.replaceAll(/[^\w-]/g, '').slice(0, stateShown)}`;
}

/** A page of this server only: an address that was sent along may lead anywhere, such as `/..//evil.example`. */
function ownPath(to: string | undefined, origin: string): string {
  if (to === undefined || !to.startsWith('/') || !URL.canParse(to, origin)) return '/';
  const url = new URL(to, origin);
  const isOwn = url.origin === origin && !url.pathname.startsWith('//');

  return isOwn ? `${url.pathname}${url.search}` : '/';
}
