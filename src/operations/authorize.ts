import { defining } from '../../machines/agents/actions.ts';
import type { Deed } from '../../machines/agents/authority.ts';
import { refusalFor } from '../../machines/agents/token-scope.ts';
import { loadRegistered } from '../../machines/language/load-definition.ts';
import type { Caller } from '../ports/access/authority.ts';
import { type OperationPorts, RequestRefused } from './use-case.ts';

/**
 * Throws RequestRefused if the caller may not do that, by the token or as a principal. For actions that no engine
 * checks, such as writing the file of a definition, and for changes of many runs, which are checked once before
 * anything is promised: calls of `deps.workflows`, `deps.agents` and `deps.triggers` are checked in these ports.
 * Without an authority only the token counts.
 */
export function refuseUnlessAllowed(
  authority: OperationPorts['authority'],
  caller: Caller,
  deed: Deed,
): void {
  const refusal = refusalFor(caller, deed, authority);
  if (refusal !== undefined) throw new RequestRefused(refusal);
}

/**
 * Rejects with RequestRefused if the caller may not write the file of a definition. An engine registers it by itself
 * where it has triggers, so what it says of its level counts, and what the registered one says.
 */
export async function refuseUnlessWritable(
  { authority, workflows }: Pick<OperationPorts, 'authority' | 'workflows'>,
  caller: Caller,
  draft: { readonly file: string; readonly text: string },
): Promise<void> {
  const loaded = loadRegistered(draft);
  const before = loaded && loadRegistered(await workflows.definition(loaded.ref.id));
  const deed: Deed =
    loaded === undefined
      ? { kind: 'define', definition: draft.file }
      : defining(loaded.definition, before?.definition);
  refuseUnlessAllowed(authority, caller, deed);
}
