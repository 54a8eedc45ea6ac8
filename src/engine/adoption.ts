import { isFinal } from '../../machines/compile/task-status.ts';
import { JournalDamaged } from '../../machines/run/fold.ts';
import { RunNotFound } from '../ports/workflows.ts';
import type { Engine } from './engine.ts';
import type { EngineDeps } from './engine-deps.ts';

/** Takes up the runs of the shards that are ours, and tries again later what could not be read. */
export type Adoption = {
  readonly adopt: (run: string) => Promise<void>;
  /** Takes up every live run of our shards, now and whenever a shard is claimed. */
  readonly adoptAll: () => Promise<void>;
  readonly takeUp: (shard: number) => Promise<void>;
  readonly tryAgain: () => void;
};

type Context = {
  readonly engine: Engine;
  readonly asked: ReadonlySet<string>;
  readonly owns: (run: string) => boolean;
  readonly shardOf: (run: string) => number;
  /** Aborts when the node stops. */
  readonly signal: AbortSignal;
};

export function createAdoption(
  deps: Pick<EngineDeps, 'journal' | 'onTrouble'>,
  { engine, asked, owns, shardOf, signal }: Context,
): Adoption {
  const adoptLater = new Set<string>();
  let all = false;
  let sweepLater = false;

  async function takeUp(shard: number): Promise<void> {
    for (const run of asked) {
      if (shardOf(run) === shard) await adopt(run);
    }
    if (all) void sweep();
  }

  async function adopt(run: string): Promise<void> {
    if (signal.aborted) return;
    adoptLater.delete(run);
    try {
      await engine.adopt(run);
    } catch (error) {
      // A run that is about to be started is asked for before it has a journal.
      if (error instanceof RunNotFound || signal.aborted) return;
      if (!isLasting(error)) adoptLater.add(run);
      deps.onTrouble(run, error);
    }
    // The shard may have been lost while the run was read.
    if (!owns(run)) await engine.release((id) => id === run);
  }

  function tryAgain(): void {
    for (const run of [...adoptLater]) {
      if (owns(run)) void adopt(run);
    }
    if (sweepLater) void sweep();
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
    while (again && !signal.aborted) {
      again = false;
      sweepLater = false;
      await sweepIndex().catch((error: unknown) => {
        sweepLater = true;
        deps.onTrouble('', error);
      });
    }
  }

  async function sweepIndex(): Promise<void> {
    for await (const last of deps.journal.lastOfEach()) {
      if (signal.aborted) return;
      const live = last.kind === 'foreign' || !isFinal(last.record.data.head.status);
      if (live && owns(last.run)) await adopt(last.run);
    }
  }

  return {
    adopt,
    adoptAll: () => {
      all = true;
      return sweep();
    },
    takeUp,
    tryAgain,
  };
}

/** Whether trying again cannot help: what stands in the stores has to be mended by a person first. */
function isLasting(error: unknown): boolean {
  if (error instanceof JournalDamaged) return true;

  return error instanceof Error && 'code' in error && error.code === 'definition.missing';
}
