import type { Access, TokenEntry } from '../ports/access/access.ts';
import { type Caller, RequestRefused } from './api.ts';
import { type RateLimit, TooManyRequests } from './rate-limit.ts';

/** `address`: who tries; failures count against it. */
export type SignIn = (token: string, address: string) => Promise<Caller>;

/**
 * Finds the caller that a token vouches for. Rejects with RequestRefused, `http.token`, for one that opens nothing, and
 * with TooManyRequests for whoever tried too many of those.
 */
export function createSignIn(access: Pick<Access, 'find'>, failures: RateLimit): SignIn {
  return async (token, address) => {
    const waitS = failures.waitOf(address);
    if (waitS !== undefined)
      throw new TooManyRequests('too many tokens that open nothing were tried from here', waitS);
    const entry = await access.find(token);
    if (entry !== undefined) return callerOf(entry);
    failures.take(address);

    throw new RequestRefused(
      { code: 'http.token', message: 'this token is not known, was revoked or has expired' },
      'workflow tokens add <name>',
    );
  };
}

/** Who a token stands for, and how far it reaches. */
export function callerOf({ as, level, domain }: TokenEntry): Caller {
  return { actor: as, level, ...(domain === undefined ? {} : { domain }) };
}
