import type { Json } from '../../events/canonical-json.ts';
import { isFinal } from '../../machines/compile/task-status.ts';
import { isRunId, SHARDS, shardOf } from '../../machines/shard.ts';
import type { CommandChannel } from '../ports/command-channel.ts';
import type { Holder, Leases } from '../ports/leases.ts';
import { within } from '../ports/within.ts';
import { createAdoption } from './adoption.ts';
import { answerOf, refusal, refusalOf } from './answers.ts';
import { askedOf } from './asked-of.ts';
import { createEngine } from './engine.ts';
import type { EngineDeps } from './engine-deps.ts';
import { forkRun } from './fork-run.ts';
import type { Outcome } from './mailbox.ts';
import { createRecentAnswers } from './recent-answers.ts';
import { EngineRequest, reservedIn } from './requests.ts';
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
};

const endMsMax = 2_000;
const answersMax = 1_000;

export async function createNode(deps: NodeDeps): Promise<EngineNode> {
  const engine = createEngine({
    ...deps,
    otherRuns: askedOf(deps.commands, workOn),
    onChange: (run) => {
      if (isFinal(run.state.status)) asked.delete(run.state.run);
      deps.onChange(run);
    },
  });
  const serving = new Map<number, () => Promise<void>>();
  const asked = new Set<string>();
  const stopping = new AbortController();
  const owns = (run: string) => shards.owns(run);
  const adoption = createAdoption(deps, { engine, asked, owns, signal: stopping.signal });
  const oncePerRequest = createRecentAnswers<Outcome>(answersMax);

  const shards = await createShards({
    ...deps,
    shardCount: SHARDS,
    onClaimed: async (shard) => {
      serving.set(shard, await deps.commands.serve(shard, answer));
      if (stopping.signal.aborted) await endServing(shard);
      await adoption.takeUp(shard);
    },
    onRegained: adoption.takeUp,
    onLost: async (shard) => {
      await endServing(shard);
      await engine.release((run) => shardOf(run) === shard);
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

  async function endServing(shard: number): Promise<void> {
    const end = serving.get(shard);
    serving.delete(shard);
    if (end !== undefined) await within(deps.clock, endMsMax, end());
  }

  async function answer(raw: Json): Promise<Json> {
    const request = EngineRequest.safeParse(raw);
    if (!request.success) return refusal('', 'request.invalid', request.error.message);
    const { run } = request.data;
    if (!isRunId(run))
      return refusal(run, 'run.invalid-id', `${JSON.stringify(run)} cannot be the id of a run`);
    const reserved = reservedIn(request.data);
    if (reserved !== undefined)
      return refusal(run, 'input.reserved', `only the journal may use the key at ${reserved}`);
    try {
      return answerOf(run, await oncePerRequest(request.data.id, () => carryOut(request.data)));
    } catch (error) {
      return refusalOf(run, error);
    }
  }

  async function carryOut(request: EngineRequest): Promise<Outcome> {
    switch (request.kind) {
      case 'start': {
        const { run, hash, kind: _kind, id: _id, ...rest } = request;
        const outcome = await engine.startRun({ run, chart: await engine.charts.byHash(hash), ...rest });
        // Ids are made at random, so the same one again is the same request again: its answer was lost on the way.
        if (!outcome.ok && outcome.refusal.code === 'run.exists') return { ok: true, sequence: 1 };
        if (!outcome.ok) asked.delete(run);

        return outcome;
      }
      case 'fork':
        return forkRun(deps.journal, engine, request);
      case 'command':
        return engine.submit(request.run, request.command, request.actor);
      case 'adopt':
        await engine.adopt(request.run);
        return { ok: true, sequence: 0 };
    }
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await shards.stopClaiming();
    await Promise.all([...serving.keys()].map(endServing));
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
