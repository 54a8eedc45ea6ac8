import { createHash, randomBytes } from 'node:crypto';
import { oncePerKey } from '../../lib/once.ts';
import type { Access, TokenEntry } from '../../ports/access/access.ts';
import { type Grant, type IdentityProvider, SignInFailed } from '../../ports/access/identity-provider.ts';
import type { Clock } from '../../ports/clock.ts';

/** The people whom a provider has signed in, as long as this engine runs: their tokens open what other tokens do. */
export type Sessions = Pick<Access, 'find'> & {
  /** Makes the token of a session; told this once. */
  readonly open: (grant: Grant) => { readonly token: string; readonly entry: TokenEntry };
  /**
   * Ends a session here and at the provider. Resolves with the address that signs the browser out there, if there is
   * one; rejects with SignInFailed where only the provider did not hear of it.
   */
  readonly end: (token: string, returnTo?: string) => Promise<string | undefined>;
  /** Ends a session here alone: somebody signs in anew. */
  readonly drop: (token: string) => void;
};

/** Tells the tokens of sessions from those of `workflow tokens`. */
const prefix = '3oxs_';
const tokenBytes = 32;
const idLength = 12;

/** Asked about so often, a session ends within a minute of its end at the provider, streams included. */
const checkEveryMs = 30_000;
/** Without an answer of the provider nobody is believed for longer. */
const believedMsMax = 60_000;
const lifeMsMax = 12 * 60 * 60_000;
const sessionsMax = 10_000;

type Session = { readonly openedMs: number; readonly createdAt: string; checkedMs: number; grant: Grant };

/**
 * Kept in memory alone: an engine that starts again knows nobody, and asks the provider anew. What a provider gave for
 * a session never leaves this process.
 */
export function createSessions(provider: IdentityProvider, clock: Clock): Sessions {
  const known = new Map<string, Session>();

  const checkNow = oncePerKey(async (key: string): Promise<void> => {
    const session = known.get(key);
    if (session === undefined) return;
    // Counted from the question: what happens at the provider while it answers counts from then on.
    const askedMs = clock.steady();
    try {
      session.grant = await provider.check(session.grant);
      session.checkedMs = askedMs;
    } catch (error) {
      // That it cannot be reached says nothing of the user.
      if (!(error instanceof SignInFailed) || error.code !== 'oidc.unreachable') known.delete(key);
      else if (clock.steady() - session.checkedMs >= believedMsMax) throw error;
    }
  });

  return {
    open: (grant) => {
      const token = `${prefix}${randomBytes(tokenBytes).toString('base64url')}`;
      const nowMs = clock.steady();
      const createdAt = new Date(clock.now()).toISOString();
      const session = { openedMs: nowMs, checkedMs: nowMs, createdAt, grant };
      known.set(keyOf(token), session);
      const [oldest] = known.keys();
      if (known.size > sessionsMax && oldest !== undefined) known.delete(oldest);

      return { token, entry: entryOf(keyOf(token), session) };
    },
    find: async (token) => {
      if (!token.startsWith(prefix)) return undefined;
      const key = keyOf(token);
      const session = known.get(key);
      if (session === undefined) return undefined;
      if (clock.steady() - session.openedMs >= lifeMsMax) known.delete(key);
      else if (clock.steady() - session.checkedMs >= checkEveryMs) await checkNow(key);
      const kept = known.get(key);

      return kept && entryOf(key, kept);
    },
    end: async (token, returnTo) => {
      const session = known.get(keyOf(token));
      known.delete(keyOf(token));

      return session && provider.end(session.grant, returnTo);
    },
    drop: (token) => void known.delete(keyOf(token)),
  };
}

/** The same as before, with the tokens of sessions among those that open. */
export function withSessions(access: Access, sessions: Sessions): Access {
  return { ...access, find: async (token) => (await sessions.find(token)) ?? access.find(token) };
}

/** A session is looked up by its digest, so that how long that takes tells nothing of any token. */
function keyOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function entryOf(key: string, { createdAt, grant: { actor, level, domain } }: Session): TokenEntry {
  const id = key.slice(0, idLength);

  return { id, as: actor, level, createdAt, ...(domain === undefined ? {} : { domain }) };
}
