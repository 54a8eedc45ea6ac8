import type { Clock } from '../ports/clock.ts';
import type { CommandChannel, CommandHandler } from '../ports/command-channel.ts';
import { within } from '../ports/within.ts';

/** Answers requests for the shards of this node, from when each is ours until it is not. */
export type Serving = {
  readonly begin: (shard: number) => Promise<void>;
  readonly end: (shard: number) => Promise<void>;
  readonly endAll: () => Promise<void>;
};

/** How long a channel that does not answer may hold the end of serving up. */
const endMsMax = 2_000;

export function createServing(
  { commands, clock }: { readonly commands: CommandChannel; readonly clock: Clock },
  answer: CommandHandler,
): Serving {
  const serving = new Map<number, () => Promise<void>>();

  async function end(shard: number): Promise<void> {
    const stopServing = serving.get(shard);
    serving.delete(shard);
    if (stopServing !== undefined) await within(clock, endMsMax, stopServing());
  }

  return {
    begin: async (shard) => void serving.set(shard, await commands.serve(shard, answer)),
    end,
    endAll: async () => void (await Promise.all([...serving.keys()].map(end))),
  };
}
