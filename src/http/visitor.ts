import { createHash } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { RateLimit } from '../lib/rate-limit.ts';
import { RequestRefused } from '../operations/use-case.ts';
import type { Access, TokenEntry } from '../ports/access/access.ts';
import type { Caller } from '../ports/access/authority.ts';
import type { ApiDeps, ApiEnv, Visitor } from './api.ts';
import { TooManyRequests } from './too-many-requests.ts';

export const cookieName = 'workflow_token';

/**
 * Open to everybody: signing in and out, and reports about an attempt, which are believed by their claim alone. All
 * other guarded paths need a caller.
 */
const openPath = /^\/api\/v1\/(session|work\/(heartbeat|complete|fail|release))$/;

/** What supervisors ask, `/healthz` and `/readyz`, tells no names and is open. Metrics name definitions and agents. */
const guardedPath = /^\/(api\/|mcp$|metrics$|openapi\.json$|reference(\/|\.|$))/;

type Deps = Pick<ApiDeps, 'access' | 'actor' | 'owner'> & {
  readonly signIn: SignIn;
  /** The rate limit of one caller. */
  readonly requests: RateLimit;
};

/** Identifies the caller; refuses those who need a token and have none, or are over their rate limit. */
export function identifyVisitor(deps: Deps): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const address = addressOf(c);
    const visitor = await visitorOf(c, deps, address);
    const waitS = deps.requests.take(visitor.isSignedIn ? `as ${visitor.caller?.actor}` : address);
    if (waitS !== undefined) throw new TooManyRequests('too much was asked from here', waitS);
    c.set('visitor', visitor);
    if (visitor.caller !== undefined) c.set('caller', visitor.caller);
    else if (guardedPath.test(c.req.path) && !openPath.test(c.req.path)) throw noToken();

    return next();
  };
}

async function visitorOf(c: Context<ApiEnv>, deps: Deps, address: string): Promise<Visitor> {
  const { access, actor, owner } = deps;
  const signIn = (token: string) => deps.signIn(token, address);
  const signedIn = (caller: Caller, isStillLetIn: () => Promise<boolean>): Visitor => ({
    ...{ signIn, isSignedIn: true, caller, isStillLetIn },
  });
  const bearer = bearerOf(c.req.header('authorization'));
  // A program's token has to be valid; a browser keeps an expired cookie until somebody signs in again.
  if (bearer !== undefined && !c.req.path.startsWith('/hooks/')) {
    if (await owner.isToken(bearer)) return signedIn({ actor }, () => owner.isToken(bearer));
    return signedIn(await signIn(bearer), async () => (await access.find(bearer)) !== undefined);
  }
  const session = getCookie(c, ownerCookieOf(c));
  if (session !== undefined && (await owner.isSession(session)))
    return signedIn({ actor }, () => owner.isSession(session));
  const cookie = getCookie(c, cookieName);
  const entry = cookie === undefined ? undefined : await access.find(cookie).catch(unlessOpen(c));
  if (cookie !== undefined && entry !== undefined)
    return signedIn(callerOf(entry), async () => (await access.find(cookie)) !== undefined);

  return { signIn, isSignedIn: false, caller: undefined, isStillLetIn: async () => false };
}

/**
 * The cookie of an owner's session. Browsers send the cookies of a host to all of its ports, so that two projects on
 * one machine would sign each other out if theirs had one name.
 */
export function ownerCookieOf({ req }: Context<ApiEnv>): string {
  const [, port = 'default'] = /:(\d{1,5})$/.exec(req.header('host') ?? '') ?? [];

  return `workflow_owner_${port}`;
}

/** A page that is open to everybody is there even where nobody can say whose cookie it is. */
function unlessOpen({ req }: Context<ApiEnv>): (error: unknown) => undefined {
  return (error) => {
    if (guardedPath.test(req.path)) throw error;
  };
}

function noToken(): RequestRefused {
  const message = 'a token is needed: send it as "Authorization: Bearer <token>", or sign in';

  return new RequestRefused({ code: 'http.token', message }, 'workflow token');
}

/** The address of the peer, whatever forwarding headers say: anybody can write those. */
export function addressOf({ env }: Pick<Context<ApiEnv>, 'env'>): string {
  return env.incoming.socket.remoteAddress ?? '';
}

/** Empty, which is never valid, if there is no such header. */
function bearerOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : (/^Bearer +(\S+) *$/i.exec(header)?.[1] ?? '');
}

/** The name in a Host header, in lower case, without the port: `localhost`, `127.0.0.1`, `[::1]`; empty if absent. */
export function nameOfHost(header: string): string {
  const [, name = ''] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header) ?? [];

  return name.toLowerCase();
}

/** `address`: the sender, whose failed attempts are counted. */
type SignIn = (token: string, address: string) => Promise<Caller>;

/**
 * Finds the caller of a token. Rejects with RequestRefused (`http.token`) for an invalid token, and with
 * TooManyRequests after too many of them from one address, or of the same one. A valid token is let in whatever others
 * try: guessing is hopeless by the length of a token, and a limit on all would lock out those who have one.
 */
export function createSignIn(access: Pick<Access, 'find'>, failures: RateLimit): SignIn {
  return async (token, address) => {
    const entry = await access.find(token);
    if (entry !== undefined) return callerOf(entry);
    const waitS = failures.take(address) ?? failures.take(tokenKey(token));
    if (waitS !== undefined)
      throw new TooManyRequests('too many tokens that open nothing were tried from here', waitS);

    throw new RequestRefused(
      { code: 'http.token', message: 'this token is not known, was revoked or has expired' },
      'workflow token',
    );
  };
}

/** Tells tokens apart, and is none. */
function tokenKey(token: string): string {
  return `token ${createHash('sha256').update(token).digest('hex')}`;
}

/** The principal of a token, and its scope. */
function callerOf({ as, level, domain }: TokenEntry): Caller {
  return { actor: as, level, ...(domain === undefined ? {} : { domain }) };
}
