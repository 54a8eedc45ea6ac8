import type { Chart } from '../../../machines/chart/chart.ts';
import { foldRecord, JournalDamaged, replayRecord, verifyFirst } from '../../../machines/run/record/fold.ts';
import { erasureKeyIn } from '../../../machines/run/record/sealing.ts';
import { runAt } from '../../../machines/run/record/snapshot.ts';
import { type Aside, newRun, type Run } from '../../../machines/run/run.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';
import { type Charts, chartForRecord } from './charts.ts';
import { fittingSnapshot } from './fitting-snapshot.ts';

/** A run folded from its journal, and its position there. `time` is that of its last event, in ms. */
export type LoadedRun = {
  readonly run: Run;
  readonly position: number;
  readonly time: number;
  /** The sequence of its snapshot; absent if it was folded from its first event. */
  readonly keptAt?: number;
};

export type LoadOptions = {
  /** The sequence of the last event to fold; absent: all. */
  readonly until?: number | undefined;
  /** What the run may read besides its journal; absent: nothing. */
  readonly runContextOf?: (chart: Chart, erasureKey: string | undefined) => Promise<Aside>;
  /** Where the fold may begin; absent: at the first event. */
  readonly snapshots?: Snapshots | undefined;
  /** An earlier fold of the caller; the later one of it and a snapshot is used. */
  readonly from?: LoadedRun;
  /** Called with the run after each event, and the size of its record. */
  readonly onFolded?: (loaded: LoadedRun, characters: number) => void;
};

/**
 * Reads and folds a run, from a snapshot if one fits; verifies the hash chain from there on. Rejects with
 * RunNotFound, JournalDamaged.
 */
export async function loadRun(
  journal: Journal,
  charts: Charts,
  id: string,
  { until, runContextOf, snapshots, from, onFolded }: LoadOptions = {},
): Promise<LoadedRun> {
  const kept = snapshots && (await fromSnapshot(journal, charts, id, { until, runContextOf, snapshots }));
  let loaded = (kept?.run.sequence ?? 0) > (from?.run.sequence ?? 0) ? kept : from;
  for await (const stored of journal.read(id, { after: loaded?.position ?? 0 })) {
    if (loaded !== undefined && loaded.run.sequence === until) break;
    loaded = await next(loaded, stored, charts, foldRecord, runContextOf);
    onFolded?.(loaded, stored.body.length);
  }
  if (loaded === undefined) throw new RunNotFound(id);

  return loaded;
}

/** The same up to event `until`, requiring that every record is reproduced byte for byte. */
export async function replayRun(
  journal: Journal,
  charts: Charts,
  id: string,
  until?: number,
): Promise<LoadedRun> {
  let loaded: LoadedRun | undefined;
  for await (const stored of journal.read(id)) {
    if (loaded !== undefined && loaded.run.sequence === until) break;
    loaded = await next(loaded, stored, charts, replayRecord);
  }
  if (loaded === undefined) throw new RunNotFound(id);

  return loaded;
}

type FromSnapshot = {
  readonly until: number | undefined;
  readonly runContextOf: LoadOptions['runContextOf'] | undefined;
  readonly snapshots: Snapshots;
};

async function fromSnapshot(
  journal: Journal,
  charts: Charts,
  id: string,
  { until, runContextOf, snapshots }: FromSnapshot,
): Promise<LoadedRun | undefined> {
  const found = await fittingSnapshot(journal, snapshots, { run: id, until });
  if (found === undefined) return undefined;
  const { snapshot, stored } = found;
  const begun = await newRunOf(charts, { hash: snapshot.definition, ...snapshot.state }, runContextOf);
  const run = runAt(snapshot, { begun, library: snapshots.library, stored });
  const { position, record } = stored;

  return run && { run, position, time: Date.parse(record.time), keptAt: run.sequence };
}

async function next(
  loaded: LoadedRun | undefined,
  stored: Stored,
  charts: Charts,
  take: typeof foldRecord,
  runContextOf?: LoadOptions['runContextOf'],
): Promise<LoadedRun> {
  const expected = (loaded?.run.sequence ?? 0) + 1;
  if (stored.kind === 'foreign') {
    const message = `a message that is no record of this run stands at position ${stored.position}: ${stored.reason}`;
    throw new JournalDamaged(stored.code, expected, message);
  }
  const { record, body, position } = stored;
  if (loaded === undefined) verifyFirst({ body, record });
  const run =
    loaded === undefined
      ? await newRunOf(
          charts,
          { hash: record.data.head.definition.hash, erasureKey: erasureKeyIn(record.data.fact) },
          runContextOf,
        )
      : await chartForRecord(loaded.run, stored, charts);
  const keptAt = loaded?.keptAt === undefined ? {} : { keptAt: loaded.keptAt };

  return { run: take(run, { body, record }), position, time: Date.parse(record.time), ...keptAt };
}

async function newRunOf(
  charts: Charts,
  { hash, erasureKey }: { readonly hash: string; readonly erasureKey?: string | undefined },
  runContextOf: LoadOptions['runContextOf'],
): Promise<Run> {
  const chart = await charts.byHash(hash);

  return newRun(chart, await runContextOf?.(chart, erasureKey));
}
