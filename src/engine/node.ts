import { isFinal } from '../../machines/compile/task-status.ts';
import { SHARDS, shardOf } from '../../machines/shard.ts';
import type { CommandChannel } from '../ports/command-channel.ts';
import type { Holder, Leases } from '../ports/leases.ts';
import { createAdoption } from './adoption.ts';
import { createAnswering } from './answering.ts';
import { askedOf } from './asked-of.ts';
import { createEngine } from './engine.ts';
import type { EngineDeps } from './engine-deps.ts';
import { createServing } from './serving.ts';
import { createShards } from './shards.ts';

/** One engine process among others: it owns shards, answers for their runs, and works on them. */
export type EngineNode = {
  /** Works on every run of every shard that is free, now and later. */
  readonly workOnAll: () => Promise<void>;
  /** Works on this run, now or as soon as its shard is free. Resolves with whether the shard is ours now. */
  readonly workOn: (run: string) => Promise<boolean>;
  readonly stop: () => Promise<void>;
};

export type NodeDeps = Omit<EngineDeps, 'otherRuns'> & {
  readonly leases: Leases;
  readonly commands: CommandChannel;
  readonly holder: Holder;
  readonly isDead: (holder: Holder) => boolean;
  /** How many shards the runs are spread over; 64 unless all engines and clients are given another number. */
  readonly shardCount?: number;
};

export async function createNode(deps: NodeDeps): Promise<EngineNode> {
  const { shardCount = SHARDS } = deps;
  const shardOfRun = (run: string) => shardOf(run, shardCount);
  const engine = createEngine({
    ...deps,
    otherRuns: askedOf(deps.commands, shardOfRun, workOn),
    onChange: (run) => {
      if (isFinal(run.state.status)) asked.delete(run.state.run);
      deps.onChange(run);
    },
  });
  const asked = new Set<string>();
  const stopping = new AbortController();
  const owns = (run: string) => shards.owns(run);
  const { signal } = stopping;
  const adoption = createAdoption(deps, { engine, asked, owns, shardOf: shardOfRun, signal });
  const onRefusedStart = (run: string) => asked.delete(run);
  const serving = createServing(deps, createAnswering({ engine, journal: deps.journal, onRefusedStart }));

  const shards = await createShards({
    ...deps,
    shardCount,
    onClaimed: async (shard) => {
      await serving.begin(shard);
      if (signal.aborted) await serving.end(shard);
      await adoption.takeUp(shard);
    },
    onRegained: adoption.takeUp,
    onLost: async (shard) => {
      await serving.end(shard);
      await engine.release((run) => shardOfRun(run) === shard);
    },
    onRound: adoption.tryAgain,
    onTrouble: (error) => deps.onTrouble('', error),
  });

  async function workOn(run: string): Promise<boolean> {
    asked.add(run);
    const ours = await shards.claimFor(run);
    if (ours) await adoption.adopt(run);

    return ours;
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await shards.stopClaiming();
    await serving.endAll();
    // Whatever becomes of the runs, the leases are given back.
    await Promise.allSettled([engine.stop()]);
    await shards.release();
  }

  return {
    workOnAll: async () => {
      await shards.claimAll();
      await adoption.adoptAll();
    },
    workOn,
    stop,
  };
}
