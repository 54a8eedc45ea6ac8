import { engineActor } from '../../ports/access/authority.ts';
import type { CommandChannel } from '../../ports/runs/command-channel.ts';
import type { AttemptGate } from '../attempts/attempt-gate.ts';
import type { Engine } from '../run/engine.ts';
import type { Adoption } from './adoption.ts';
import type { ShardServer } from './shard-server.ts';
import type { ShardsDeps } from './shards-deps.ts';

/** How long the new owner may take to answer: a run it is not told of is found when all are looked through. */
const timeoutMs = 10_000;

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
