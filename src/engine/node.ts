import type { Json } from '../../events/canonical-json.ts';
import { isFinal } from '../../machines/compile/run-state.ts';
import type { Refusal } from '../../machines/run/command.ts';
import { isRunId, SHARDS, shardOf } from '../../machines/shard.ts';
import type { CommandChannel } from '../ports/command-channel.ts';
import type { Holder, Leases } from '../ports/leases.ts';
import { type Answer, RunNotFound } from '../ports/workflows.ts';
import { createEngine } from './engine.ts';
import type { EngineDeps } from './engine-deps.ts';
import type { Outcome } from './mailbox.ts';
import { EngineRequest } from './requests.ts';
import { createShards } from './shards.ts';

/** One engine process among others: it owns shards, answers for their runs, and works on them. */
export type EngineNode = {
  /** Works on every run of every shard that is free, now and later. */
  readonly workOnAll: () => Promise<void>;
  /** Works on this run, now or as soon as its shard is free. Resolves with whether the shard is ours now. */
  readonly workOn: (run: string) => Promise<boolean>;
  readonly stop: () => Promise<void>;
};

export type NodeDeps = EngineDeps & {
  readonly leases: Leases;
  readonly commands: CommandChannel;
  readonly holder: Holder;
  readonly isDead: (holder: Holder) => boolean;
};

export async function createNode(deps: NodeDeps): Promise<EngineNode> {
  const engine = createEngine(deps);
  const serving = new Map<number, () => Promise<void>>();
  const asked = new Set<string>();
  let all = false;

  const shards = await createShards({
    ...deps,
    shardCount: SHARDS,
    onClaimed: async (shard) => {
      serving.set(shard, await deps.commands.serve(shard, answer));
      await adoptAsked(shard);
      if (all) sweep().catch((error: unknown) => deps.onTrouble('', error));
    },
    onLost: async (shard) => {
      await serving.get(shard)?.();
      serving.delete(shard);
      await engine.release((run) => shardOf(run) === shard);
    },
  });

  async function answer(raw: Json): Promise<Json> {
    const request = EngineRequest.safeParse(raw);
    if (!request.success) return refusal('', 'request.invalid', request.error.message);
    const { run } = request.data;
    if (!isRunId(run))
      return refusal(run, 'run.invalid-id', `${JSON.stringify(run)} cannot be the id of a run`);
    try {
      return answerOf(run, await take(request.data));
    } catch (error) {
      return refusalOf(run, error);
    }
  }

  async function take(request: EngineRequest): Promise<Outcome> {
    switch (request.kind) {
      case 'start': {
        const { run, hash, input, actor } = request;
        const outcome = await engine.startRun({ run, chart: await engine.charts.byHash(hash), input, actor });
        // Ids are made at random, so the same one again is the same request again: its answer was lost on the way.
        return !outcome.ok && outcome.refusal.code === 'run.exists' ? { ok: true, sequence: 1 } : outcome;
      }
      case 'command':
        return engine.submit(request.run, request.command, request.actor);
      case 'adopt':
        await engine.adopt(request.run);
        return { ok: true, sequence: 0 };
    }
  }

  async function adoptAsked(shard: number): Promise<void> {
    for (const run of asked) {
      if (shardOf(run) === shard) await adopt(run);
    }
  }

  async function adopt(run: string): Promise<void> {
    try {
      await engine.adopt(run);
    } catch (error) {
      // A run that is about to be started is asked for before it has a journal.
      if (!(error instanceof RunNotFound)) deps.onTrouble(run, error);
    }
  }

  let sweeping: Promise<void> | undefined;
  let again = false;
  /** Many shards may be claimed at once: however many come while the index is read, it is read once more for all. */
  function sweep(): Promise<void> {
    again = true;
    sweeping ??= sweepWhileAsked().finally(() => {
      sweeping = undefined;
    });

    return sweeping;
  }

  async function sweepWhileAsked(): Promise<void> {
    while (again) {
      again = false;
      await sweepIndex();
    }
  }

  async function sweepIndex(): Promise<void> {
    for await (const last of deps.journal.lastOfEach()) {
      const live = last.kind === 'foreign' || !isFinal(last.record.data.head.status);
      if (live && shards.owns(last.run)) await adopt(last.run);
    }
  }

  return {
    workOnAll: async () => {
      await shards.claimAll();
      all = true;
      await sweep();
    },
    workOn: async (run) => {
      asked.add(run);
      const ours = await shards.claimFor(run);
      if (ours) await adopt(run);

      return ours;
    },
    stop: async () => {
      await Promise.all([...serving.values()].map((end) => end()));
      await engine.stop();
      await shards.stop();
    },
  };
}

function answerOf(run: string, outcome: Outcome): Json {
  const answer: Answer = { ...outcome, run };

  return answer;
}

function refusalOf(run: string, error: unknown): Json {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'engine.error';

  return refusal(run, code, error instanceof Error ? error.message : String(error));
}

function refusal(run: string, code: string, message: string): Json {
  const refused: Refusal = { code, message };

  return { ok: false, run, refusal: refused };
}
