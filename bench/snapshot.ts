import { snapshotText } from '../machines/run/record/snapshot.ts';
import { loadRun } from '../src/engine/run-reader/load-run.ts';
import { forEach } from './definitions.ts';
import type { Driver } from './drive-engine.ts';
import { median } from './statistics.ts';

/** How long a long run takes to load from its first event, and from a snapshot as old as one gets. */
export type SnapshotGain = {
  readonly events: number;
  readonly wholeMs: number;
  readonly quickMs: number;
  readonly textMb: number;
};

/** The state of this run is as large as it gets: of every item it keeps the output. */
const items = 20_000;
/** So many events follow on a snapshot before the next one is due. */
const behind = 500;
const rounds = 5;

export async function measureSnapshot(driver: Driver): Promise<SnapshotGain> {
  const { journal, charts, snapshots } = driver;
  const chart = await driver.register(forEach());
  const list = Array.from({ length: items }, (_, index) => index % 10);
  const { run: id, eventsMs } = await driver.runOnce(chart, { list });
  const { run, position } = await loadRun(journal, charts, id, { until: eventsMs.length - behind });
  const text = snapshotText(run, { position, library: snapshots.library });
  const timed = async (from?: typeof snapshots): Promise<number> => {
    const began = performance.now();
    const { keptAt = 0 } = await loadRun(journal, charts, id, { snapshots: from });
    if (keptAt !== (from === undefined ? 0 : run.sequence)) throw new Error(`loaded from event ${keptAt}`);
    return performance.now() - began;
  };
  const whole: number[] = [];
  const quick: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    whole.push(await timed());
    await snapshots.keep(id, text);
    quick.push(await timed(snapshots));
  }

  return {
    events: eventsMs.length,
    wholeMs: median(whole),
    quickMs: median(quick),
    textMb: text.length / 1e6,
  };
}
