import { isFinal } from '../../machines/compile/task-status.ts';
import type { Run } from '../../machines/run/run.ts';
import { SHARDS, shardOf } from '../../machines/shard.ts';
import type { Authority } from '../ports/authority.ts';
import type { CommandChannel } from '../ports/command-channel.ts';
import type { Holder, Leases } from '../ports/leases.ts';
import { createAdoption } from './adoption.ts';
import { createAnswering } from './answering.ts';
import { askedOf } from './asked-of.ts';
import { createAttemptGate } from './attempt-gate.ts';
import { createEngine } from './engine.ts';
import type { EngineDeps } from './engine-deps.ts';
import { createServing } from './serving.ts';
import { createShardReports } from './shard-reports.ts';
import { createShardWork } from './shard-work.ts';
import { createShards } from './shards.ts';

/** One engine process among others: it owns shards, answers for their runs, and works on them. */
export type EngineNode = {
  /** Works on every run of its share of all shards, now and later; all nodes that do so share alike. */
  readonly workOnAll: () => Promise<void>;
  /** Works on this run, now or as soon as its shard is free. Resolves with whether the shard is ours now. */
  readonly workOn: (run: string) => Promise<boolean>;
  /**
   * Begins nothing any more, lets attempts under way end for so long, and gives everything to other nodes: what has
   * nothing under way at once. `stop` has to follow.
   */
  readonly drain: (limitMs: number) => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type NodeDeps = Omit<EngineDeps, 'otherRuns' | 'gate' | 'freshSinceMs'> & {
  readonly leases: Leases;
  readonly commands: CommandChannel;
  readonly holder: Holder;
  readonly isDead: (holder: Holder) => boolean;
  /** Who may do what; everybody may do everything without. */
  readonly authority?: Authority;
  /** How many shards the runs are spread over; 64 unless all engines and clients are given another number. */
  readonly shardCount?: number;
};

export async function createNode({ shardCount = SHARDS, ...deps }: NodeDeps): Promise<EngineNode> {
  const shardOfRun = (run: string) => shardOf(run, shardCount);
  const gate = createAttemptGate((run) => shards.mayBegin(run));
  const otherRuns = askedOf(deps.commands, shardOfRun, workOn);
  const freshSinceMs = (run: string) => shards.freshSinceMs(run);
  const engine = createEngine({ ...deps, gate, freshSinceMs, otherRuns, onChange });
  /** Runs that are worked on one by one; a node that works on all keeps none, others may end them. */
  const asked = new Set<string>();
  let worksOnAll = false;
  const stopping = new AbortController();
  const { signal } = stopping;
  const owns = (run: string) => shards.owns(run);
  const adoption = createAdoption(deps, { engine, asked, owns, shardOf: shardOfRun, signal });
  const answer = createAnswering({ ...deps, engine, onRefusedStart: (run) => asked.delete(run) });
  const report = createShardReports(engine, shardOfRun);
  const serving = createServing(deps, { answer, report });
  const shards = await createShards({
    ...deps,
    shardCount,
    ...createShardWork({ ...deps, engine, serving, adoption, gate, shardOf: shardOfRun, signal }),
    onRound: adoption.tryAgain,
    onMayBegin: gate.opened,
    onTrouble: (error) => deps.onTrouble('', error),
  });

  function onChange(run: Run): void {
    if (isFinal(run.state.status)) asked.delete(run.state.run);
    deps.onChange(run);
  }

  async function workOn(run: string): Promise<boolean> {
    if (!worksOnAll) asked.add(run);
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
      worksOnAll = true;
      await shards.share();
      asked.clear();
      await adoption.adoptAll();
    },
    workOn,
    drain: shards.drain,
    stop,
  };
}
