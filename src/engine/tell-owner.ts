import { engineActor } from '../ports/authority.ts';
import type { CommandChannel } from '../ports/command-channel.ts';

/** How long the new owner may take to answer: a run it is not told of is found when all are looked through. */
const timeoutMs = 10_000;

/**
 * Has whoever owns the shard now work on a run that was worked on here: the owner may have looked for its runs before
 * this one was begun.
 */
export function tellOwner(commands: CommandChannel, shard: number, run: string): void {
  const request = { kind: 'adopt', id: crypto.randomUUID(), run };
  commands.request(shard, request, { as: engineActor, timeoutMs }).catch(() => undefined);
}
