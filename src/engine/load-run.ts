import type { Chart } from '../../machines/compile/chart.ts';
import { foldRecord, JournalDamaged, replayRecord, verifyFirst } from '../../machines/run/fold.ts';
import { type Aside, newRun, type Run } from '../../machines/run/run.ts';
import type { Journal, Stored } from '../ports/journal.ts';
import { RunNotFound } from '../ports/workflows.ts';
import type { Charts } from './charts.ts';

/** A run folded from its journal, and where that journal is. `time` is that of its last event, in ms. */
export type LoadedRun = { readonly run: Run; readonly position: number; readonly time: number };

export type LoadOptions = {
  /** The sequence of the last event that is folded; all are, without. */
  readonly until?: number;
  /** What the run may read besides its journal; nothing, without. */
  readonly asideOf?: (chart: Chart) => Promise<Aside>;
};

/** Reads and folds a run; the hash chain is verified. Rejects with RunNotFound, JournalDamaged. */
export async function loadRun(
  journal: Journal,
  charts: Charts,
  id: string,
  { until, asideOf }: LoadOptions = {},
): Promise<LoadedRun> {
  let loaded: LoadedRun | undefined;
  for await (const stored of journal.read(id)) {
    if (loaded !== undefined && loaded.run.sequence === until) break;
    loaded = await next(loaded, stored, charts, foldRecord, asideOf);
  }
  if (loaded === undefined) throw new RunNotFound(id);

  return loaded;
}

/** The same, but every byte of every record has to come out the same again. */
export async function replayRun(journal: Journal, charts: Charts, id: string): Promise<LoadedRun> {
  let loaded: LoadedRun | undefined;
  for await (const stored of journal.read(id)) loaded = await next(loaded, stored, charts, replayRecord);
  if (loaded === undefined) throw new RunNotFound(id);

  return loaded;
}

async function next(
  loaded: LoadedRun | undefined,
  stored: Stored,
  charts: Charts,
  take: typeof foldRecord,
  asideOf?: LoadOptions['asideOf'],
): Promise<LoadedRun> {
  const expected = (loaded?.run.sequence ?? 0) + 1;
  if (stored.kind === 'foreign') {
    const message = `a message that is no record of this run stands at position ${stored.position}: ${stored.reason}`;
    throw new JournalDamaged('journal.foreign', expected, message);
  }
  const { record, body, position } = stored;
  if (loaded === undefined) verifyFirst({ body, record });
  const run = loaded?.run ?? (await newRunOf(charts, record.data.head.definition.hash, asideOf));

  return { run: take(run, { body, record }), position, time: Date.parse(record.time) };
}

async function newRunOf(charts: Charts, hash: string, asideOf: LoadOptions['asideOf']): Promise<Run> {
  const chart = await charts.byHash(hash);

  return newRun(chart, await asideOf?.(chart));
}
