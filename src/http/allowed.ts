import type { Deed } from '../../machines/agents/authority.ts';
import { RequestRefused } from './api.ts';
import type { ApiDeps, Caller } from './api-deps.ts';
import { mayDo } from './may-do.ts';

/**
 * Throws RequestRefused where the caller may not do that, by the token or as a principal. For what no engine is asked
 * for, and for what is asked of many runs: there it is said once, and before anything is promised.
 */
export function refuseUnlessAllowed(authority: ApiDeps['authority'], caller: Caller, deed: Deed): void {
  mayDo(caller, deed);
  const refusal = authority?.refusal(caller.actor, deed);
  if (refusal !== undefined) throw new RequestRefused(refusal);
}
