import { createRoute, z } from '@hono/zod-openapi';
import { deleteCookie, setCookie } from 'hono/cookie';
import { SignedInSession } from '../../../api/home.ts';
import type { Api, ApiDeps, Visitor } from '../../api.ts';
import { cookieName, ownerCookieOf } from '../../visitor.ts';
import { endSignIn, type SignInDeps } from './oidc.ts';

type Deps = Pick<ApiDeps, 'project' | 'readOnly' | 'clock' | 'band' | 'isSecure' | 'actor' | 'owner'> &
  SignInDeps;

const answer = { description: 'Who asks', content: { 'application/json': { schema: SignedInSession } } };

const show = createRoute({
  method: 'get',
  path: '/api/v1/session',
  tags: ['session'],
  summary: 'Who asks, and what this server is',
  responses: { 200: answer },
});

const signIn = createRoute({
  method: 'post',
  path: '/api/v1/session',
  tags: ['session'],
  summary: 'Signs in with a token, or with the code of a link: a cookie stands for it from now on',
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.strictObject({ token: z.string().min(1).max(200) }) } },
    },
  },
  responses: { 200: answer },
});

const signOut = createRoute({
  method: 'delete',
  path: '/api/v1/session',
  tags: ['session'],
  summary: 'Signs out',
  responses: { 200: answer },
});

/** Routes that show the caller, and sign in and out. */
export function addSessionRoutes(api: Api, deps: Deps): void {
  api.openapi(show, (c) => c.json(sessionOf(c.get('visitor'), deps), 200));
  api.openapi(signIn, async (c) => {
    const { token } = c.req.valid('json');
    const visitor = c.get('visitor');
    const rules = { ...cookieRules, secure: deps.isSecure(c.req.raw.headers) };
    const session = await deps.owner.openSession(token);
    const caller = session === undefined ? await visitor.signIn(token) : { actor: deps.actor };
    setCookie(c, session === undefined ? cookieName : ownerCookieOf(c), session ?? token, rules);
    // Whoever signs in as somebody else is the owner no longer, and the other way round.
    deleteCookie(c, session === undefined ? ownerCookieOf(c) : cookieName, rules);

    return c.json(sessionOf({ ...visitor, isSignedIn: true, caller }, deps), 200);
  });
  api.openapi(signOut, async (c) => {
    const endUrl = await endSignIn(c, deps);
    const rules = { ...cookieRules, secure: deps.isSecure(c.req.raw.headers) };
    deleteCookie(c, cookieName, rules);
    deleteCookie(c, ownerCookieOf(c), rules);

    const session = sessionOf({ ...c.get('visitor'), isSignedIn: false, caller: undefined }, deps);

    return c.json({ ...session, ...(endUrl === undefined ? {} : { endUrl }) }, 200);
  });
}

const cookieRules = { httpOnly: true, sameSite: 'Strict', path: '/' } as const;

function sessionOf({ isSignedIn, caller }: Visitor, deps: Deps): SignedInSession {
  const { project, readOnly, clock, band, signIns } = deps;
  const provider = signIns?.provider.current()?.name;

  return {
    actor: caller?.actor ?? '',
    ...(caller?.level === undefined ? {} : { level: caller.level }),
    ...(caller?.domain === undefined ? {} : { domain: caller.domain }),
    readOnly,
    needsToken: true,
    isSignedIn,
    version: project.version,
    // Callers who are not signed in need not know the project's folder.
    namespace: caller === undefined ? '' : project.namespace,
    project: caller === undefined ? '' : project.dir,
    ...(band === undefined ? {} : { band }),
    ...(provider === undefined ? {} : { provider }),
    now: new Date(clock.now()).toISOString(),
  };
}
