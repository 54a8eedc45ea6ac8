import { isRunId } from '../../../machines/shard.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';

/** Snapshots in memory, for simulation tests. */
export function createMemorySnapshots(library = 'test'): Snapshots {
  const texts = new Map<string, string>();

  return {
    library,
    keep: async (run, text) => void texts.set(checkedRun(run), text),
    latest: async (run) => texts.get(checkedRun(run)),
    drop: async (run) => void texts.delete(checkedRun(run)),
    dropAll: async () => texts.clear(),
  };
}

function checkedRun(run: string): string {
  if (!isRunId(run)) throw new RangeError(`${JSON.stringify(run.slice(0, 80))} is not a run id`);

  return run;
}
