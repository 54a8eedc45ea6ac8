import { isFinal } from '../../../machines/chart/task-status.ts';
import { snapshotText } from '../../../machines/run/record/snapshot.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import type { LoadedRun } from './load-run.ts';

/** Sees every event of one run, with its position. */
export type KeepSnapshot = (run: Run, position: number) => void;

/**
 * A snapshot is due after this many events, and when the run ends. Measured on a run of 20,000 events: folding one
 * takes 0.1 ms, so the rest of a fold costs at most 50 ms; making a snapshot takes 0.4 ms, or 18 ms for a state of 2
 * MB.
 */
export const snapshotMin = 500;
/** In longer runs a snapshot is due after this share of the events, so that the total cost is linear in the run. */
const partOfRun = 1 / 40;

/** Keeps snapshots of long runs in the background. A failure is reported once. */
export function createSnapshotKeeper({
  snapshots,
  snapshotEvery = snapshotMin,
  onTrouble,
}: {
  readonly snapshots?: Snapshots;
  readonly snapshotEvery?: number;
  readonly onTrouble: (run: string, error: unknown) => void;
}): { readonly of: (loaded: LoadedRun) => KeepSnapshot; readonly stop: () => void } {
  let quiet = false;
  let stopped = false;

  async function keep(store: Snapshots, run: Run, position: number): Promise<void> {
    const { library } = store;
    try {
      await store.keep(run.state.run, snapshotText(run, { position, library }));
      quiet = false;
    } catch (error) {
      if (!quiet && !stopped) onTrouble(run.state.run, error);
      quiet = true;
    }
  }

  function of({ keptAt = 0 }: LoadedRun): KeepSnapshot {
    let last = keptAt;
    let underWay = false;

    return (run, position) => {
      if (snapshots === undefined || underWay || !isDue(run, last, snapshotEvery)) return;
      last = run.sequence;
      underWay = true;
      void keep(snapshots, run, position).finally(() => {
        underWay = false;
      });
    };
  }

  return {
    of,
    stop: () => {
      stopped = true;
    },
  };
}

function isDue({ sequence, state }: Run, last: number, every: number): boolean {
  if (sequence < every) return false;

  return isFinal(state.status) || sequence - last >= Math.max(every, sequence * partOfRun);
}
