import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { type ApiDeps, type ApiEnv, RequestRefused, type Visitor } from './api.ts';
import { type RateLimit, TooManyRequests } from './rate-limit.ts';
import { callerOf, type SignIn } from './sign-in.ts';

export const cookieName = 'workflow_token';

/** Answered to everybody: signing in and out. All else that is guarded needs a caller. */
const openPath = '/api/v1/session';

const guardedPath = /^\/(api\/|metrics$|readyz$|openapi\.json$|reference(\/|\.|$))/;

type Deps = Pick<ApiDeps, 'access' | 'actor' | 'isLoopback'> & {
  readonly signIn: SignIn;
  /** How much one caller may ask for. */
  readonly requests: RateLimit;
};

/** Finds out who asks, and lets nobody further who needs a token and has none, or who asks too much. */
export function identifyVisitor(deps: Deps): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const address = addressOf(c);
    const visitor = await visitorOf(c, deps, address);
    const waitS = deps.requests.take(visitor.isSignedIn ? `as ${visitor.caller?.actor}` : address);
    if (waitS !== undefined) throw new TooManyRequests('too much was asked from here', waitS);
    c.set('visitor', visitor);
    if (visitor.caller !== undefined) c.set('caller', visitor.caller);
    else if (guardedPath.test(c.req.path) && c.req.path !== openPath) throw noToken();

    return next();
  };
}

async function visitorOf(c: Context<ApiEnv>, deps: Deps, address: string): Promise<Visitor> {
  const { access, actor, isLoopback } = deps;
  const needsToken = !isLoopback || !isFromHere(c);
  const signIn = (token: string) => deps.signIn(token, address);
  const bearer = bearerOf(c.req.header('authorization'));
  // What a program sends has to open; a browser keeps a cookie that no longer does until somebody signs in again.
  if (bearer !== undefined && !c.req.path.startsWith('/hooks/')) {
    const isStillLetIn = async () => (await access.find(bearer)) !== undefined;
    return { needsToken, signIn, isSignedIn: true, caller: await signIn(bearer), isStillLetIn };
  }
  const cookie = getCookie(c, cookieName);
  const entry = cookie === undefined ? undefined : await access.find(cookie);
  if (cookie !== undefined && entry !== undefined) {
    const isStillLetIn = async () => (await access.find(cookie)) !== undefined;
    return { needsToken, signIn, isSignedIn: true, caller: callerOf(entry), isStillLetIn };
  }
  const isStillLetIn = async () => !needsToken;

  return { needsToken, signIn, isSignedIn: false, caller: needsToken ? undefined : { actor }, isStillLetIn };
}

function noToken(): RequestRefused {
  const message = 'a token is needed from here: send it as "Authorization: Bearer <token>", or sign in';

  return new RequestRefused({ code: 'http.token', message }, 'workflow tokens add <name>');
}

/** What proxies add, each kind its own, to what they hand on. */
const ofProxies = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
] as const;

/** By a name of this machine, and not handed on by a proxy: those stand for people who are elsewhere. */
function isFromHere(c: Context<ApiEnv>): boolean {
  const isHandedOn = ofProxies.some((name) => c.req.header(name) !== undefined);

  return !isHandedOn && isLoopbackName(nameOfHost(c.req.header('host') ?? ''));
}

/** Of the other end of the connection, whatever a proxy says: that anybody could write. */
function addressOf({ env }: Context<ApiEnv>): string {
  return env.incoming.socket.remoteAddress ?? '';
}

/** Empty, which opens nothing, for what is no such header. */
function bearerOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : (/^Bearer +(\S+) *$/i.exec(header)?.[1] ?? '');
}

/** The name in a Host header, in lower case, without the port: `localhost`, `127.0.0.1`, `[::1]`. Empty for none. */
export function nameOfHost(header: string): string {
  const [, name = ''] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header) ?? [];

  return name.toLowerCase();
}

/** Whether the name always leads to the machine itself, so that no name server can point it elsewhere. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}
