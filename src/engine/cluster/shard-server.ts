import type { Clock } from '../../ports/clock.ts';
import type { CommandChannel, CommandHandler } from '../../ports/runs/command-channel.ts';
import { within } from '../../ports/within.ts';
import type { ReportHandler, WorkQueue } from '../../ports/work/work-queue.ts';

/** Answers requests, and reports of workers, for the shards of this node, from when each is ours until it is not. */
export type ShardServer = {
  readonly begin: (shard: number) => Promise<void>;
  readonly end: (shard: number) => Promise<void>;
  readonly endAll: () => Promise<void>;
};

type ServingDeps = {
  readonly commands: CommandChannel;
  readonly clock: Clock;
  readonly work?: { readonly queue: WorkQueue } | undefined;
};

/** What has begun for a shard. */
type Served = { readonly stops: (() => Promise<void>)[]; isOver: boolean };

/** How long a channel that does not answer may hold the end of serving up. */
const endMsMax = 2_000;

export function createShardServer(
  { commands, clock, work }: ServingDeps,
  { answer, report }: { readonly answer: CommandHandler; readonly report: (shard: number) => ReportHandler },
): ShardServer {
  const serving = new Map<number, Served>();

  async function begin(shard: number, served: Served): Promise<void> {
    const beginnings = [
      () => commands.serve(shard, answer),
      ...(work === undefined ? [] : [() => work.queue.serve(shard, report(shard))]),
    ];
    for (const beginOne of beginnings) {
      // It may have been ended while the channel was slow to begin.
      if (served.isOver) return;
      served.stops.push(await beginOne());
    }
  }

  async function stop({ stops }: Served): Promise<void> {
    await Promise.all(stops.splice(0).map((stopServing) => within(clock, endMsMax, stopServing())));
  }

  async function end(shard: number): Promise<void> {
    const served = serving.get(shard);
    serving.delete(shard);
    if (served === undefined) return;
    served.isOver = true;
    await stop(served);
  }

  return {
    begin: async (shard) => {
      const served: Served = { stops: [], isOver: false };
      serving.set(shard, served);
      try {
        await begin(shard, served);
      } catch (error) {
        if (serving.get(shard) === served) serving.delete(shard);
        served.isOver = true;
        throw error;
      } finally {
        if (served.isOver) await stop(served);
      }
    },
    end,
    endAll: async () => void (await Promise.all([...serving.keys()].map(end))),
  };
}
