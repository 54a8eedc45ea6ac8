import type { TriggerRefusal, TriggersDesk } from '../../ports/events/trigger-admin.ts';
import type { Caller } from '../api.ts';

type Name = { readonly definition: string; readonly trigger: string };
type Refused = { readonly name: Name; readonly refusal: TriggerRefusal };

/** Pauses triggers one after another, and tells of those that could not be. Throws RequestRefused. */
export async function pauseTriggers(
  triggers: Pick<TriggersDesk, 'pause'>,
  caller: Caller,
  { names, reason }: { readonly names: readonly Name[]; readonly reason: string },
): Promise<readonly Refused[]> {
  const refused: Refused[] = [];
  for (const name of names) {
    const refusal = await triggers.pause(name, { by: caller.actor, reason });
    if (refusal !== undefined) refused.push({ name, refusal });
  }

  return refused;
}
