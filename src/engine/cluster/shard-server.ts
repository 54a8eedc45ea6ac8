import type { Json } from '../../../events/canonical-json.ts';
import { within } from '../../lib/deadline.ts';
import { engineActor } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CommandChannel, CommandHandler } from '../../ports/runs/command-channel.ts';
import type { ReportHandler, WorkQueue } from '../../ports/work/work-queue.ts';
import type { AttemptGate } from '../attempts/attempt-entry.ts';
import { dropped } from '../attempts/reported.ts';
import type { Engine } from '../run/engine.ts';
import type { Adoption } from './adoption.ts';
import type { ShardsDeps } from './renewals.ts';

/** How long the new owner may take to answer: a run it is not told of is found when all are looked through. */
const timeoutMs = 10_000;

/** Answers requests, and reports of workers, for the shards of this node, from when each is ours until it is not. */
type ShardServer = {
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

type Parts = {
  readonly engine: Engine;
  readonly serving: ShardServer;
  readonly adoption: Adoption;
  readonly gate: AttemptGate;
  readonly commands: CommandChannel;
  readonly shardOf: (run: string) => number;
  /** Aborts when the node stops. */
  readonly signal: AbortSignal;
};

/** What a node does with a shard that comes and goes: answers for its runs, and works on them. */
export function createShardWork({
  engine,
  serving,
  adoption,
  gate,
  commands,
  shardOf,
  signal,
}: Parts): Pick<ShardsDeps, 'onClaimed' | 'onRegained' | 'onLost' | 'onGiven' | 'whenQuiet'> {
  const inShard = (shard: number) => (run: string) => shardOf(run) === shard;

  async function letGo(shard: number): Promise<readonly string[]> {
    await serving.end(shard);

    return engine.release(inShard(shard));
  }

  return {
    onClaimed: async (shard) => {
      await serving.begin(shard);
      if (signal.aborted) await serving.end(shard);
      await adoption.takeUp(shard);
    },
    onRegained: async (shard) => {
      await engine.look(inShard(shard));
      await adoption.takeUp(shard);
    },
    onLost: async (shard) => {
      for (const run of await letGo(shard)) tellOwner(commands, shard, run);
    },
    onGiven: async (shard) => void (await letGo(shard)),
    whenQuiet: (shard) => gate.whenQuiet(inShard(shard)),
  };
}

/**
 * Has whoever owns the shard now work on a run that was worked on here: the owner may have looked for its runs before
 * this one was begun.
 */
function tellOwner(commands: CommandChannel, shard: number, run: string): void {
  const request = { kind: 'adopt', id: crypto.randomUUID(), run };
  commands.request(shard, request, { as: engineActor, timeoutMs }).catch(() => undefined);
}

/** Answers what is reported to a shard. A worker says itself which run it means: it has no say about other shards. */
export function createShardReports(
  { report }: Pick<Engine, 'report'>,
  shardOf: (run: string) => number,
): (shard: number) => ReportHandler {
  return (shard) => async (agent, raw) => {
    const run = runOf(raw);
    if (run === undefined || shardOf(run) === shard) return (await report(agent, raw)) as Json;

    return dropped({
      code: 'report.shard',
      message: `the run is not in shard ${shard}: use \`reportTo\``,
    }) as Json;
  };
}

function runOf(raw: Json): string | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
  const { run } = raw as { readonly run?: Json };

  return typeof run === 'string' ? run : undefined;
}
