import type { Deed } from '../../machines/agents/authority.ts';
import { boundedBy } from '../../machines/agents/bounded-by.ts';
import { RequestRefused } from './api.ts';
import type { Caller } from './api-deps.ts';

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
