import type { Deed } from '../../machines/agents/authority.ts';
import { boundedBy } from '../../machines/agents/token-scope.ts';
import { type ApiDeps, type Caller, RequestRefused } from './api.ts';

/**
 * Throws RequestRefused where the caller may not do that, by the token or as a principal. For what no engine is asked
 * for, and for what is asked of many runs: there it is said once, and before anything is promised.
 */
export function refuseUnlessAllowed(authority: ApiDeps['authority'], caller: Caller, deed: Deed): void {
  mayDo(caller, deed);
  const refusal = authority?.refusal(caller.actor, deed);
  if (refusal !== undefined) throw new RequestRefused(refusal);
}

/**
 * Throws RequestRefused where the token of the caller does not reach for that, whatever its principal may do. Routes
 * need it only for what goes past the engine, such as writing the file of a definition: what they ask of
 * `deps.workflows`, `deps.agents` and `deps.triggers` is checked there.
 */
export function mayDo({ actor, level, domain }: Caller, deed: Deed): void {
  if (level === undefined) return;
  const refusal = boundedBy({ as: actor, level, domain }, deed);
  if (refusal !== undefined) throw new RequestRefused(refusal);
}
