import { headDamage, ledgerHead } from '../../../machines/audit/ledger.ts';
import type { RunArchive } from '../../ports/runs/archive.ts';
import type { Board } from '../../ports/runs/board.ts';
import { type Journal, RunQuarantined, type Stored } from '../../ports/runs/journal.ts';
import type { Ledger } from '../../ports/runs/ledger.ts';
import { type CurrentRuns, RunIndexBroken } from '../../ports/runs/run-index.ts';
import type { RowFold, RunRows } from '../../ports/runs/run-rows.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';
import { type FindArchived, findArchived, withArchive } from './archived-runs.ts';
import type { Charts } from './charts.ts';
import { firstBehind } from './fitting-snapshot.ts';
import { createFoldedRuns } from './folded-runs.ts';
import { type LoadedRun, type LoadOptions, loadRun, replayRun } from './load-run.ts';
import { type Checked, checked, readOrQuarantine, soundPart } from './quarantine.ts';
import { createHeardRecords, createRunRows, type HeardRecords } from './run-cache.ts';
import { runsInJournal } from './run-index.ts';

/** How a run is folded; by default to now, from a snapshot if one fits. */
export type FoldOptions = Pick<LoadOptions, 'until' | 'runContextOf'> & {
  /** From the first event on, ignoring snapshots. */
  readonly whole?: boolean;
  /** From the first event on, requiring that every record is reproduced byte for byte. */
  readonly verified?: boolean;
  /** The caller will ask again: a long run stays cached, if this process caches runs. */
  readonly stays?: boolean;
  /** From the buffered records, as far as they go. */
  readonly heard?: boolean;
  /** Read once only; rejects with the original JournalDamaged or DefinitionMissing. */
  readonly once?: boolean;
};

/**
 * Reads the journals of single runs, also of those that were archived; nothing else does. What reads a run rejects with
 * RunArchived where less than the whole of it was kept.
 */
export type RunReader = {
  readonly charts: Charts;
  /**
   * The run now, or after event `until`. A damaged one is read a second time. Rejects with RunNotFound,
   * RunQuarantined.
   */
  readonly fold: (run: string, options?: FoldOptions) => Promise<LoadedRun>;
  /** Its messages from the first on, each record verified. */
  readonly checked: (run: string) => AsyncIterable<Checked>;
  /** The same, followed by new messages until the signal aborts. */
  readonly follow: (run: string, signal: AbortSignal) => AsyncIterable<Checked>;
  /** How far its journal is sound, and what is wrong after that. */
  readonly soundPart: (run: string) => ReturnType<typeof soundPart>;
  /** Its raw messages behind a position of the journal, by default all of them, unchecked. */
  readonly entries: (run: string, options?: { readonly after?: number }) => AsyncIterable<Stored>;
  /** The same of the journal alone: none of a run that was archived. */
  readonly inJournal: (run: string) => AsyncIterable<Stored>;
  readonly first: (run: string) => Promise<Stored | undefined>;
  readonly last: Journal['last'];
  /** What is known of a run that has left the journal; undefined for one that is there, or never was. */
  readonly archived: FindArchived;
  /** Whether the run was there once, also where its journal is lost. */
  readonly isKnown: (run: string) => Promise<boolean>;
  /** All runs, each as its last message tells. */
  readonly runs: CurrentRuns;
  /** Runs as rows folded by what `create` makes, kept up to date by the board. */
  readonly rows: <Fold extends RowFold>(
    board: Pick<Board, 'onLanded' | 'line'>,
    create: () => Fold,
  ) => RunRows<Fold>;
  /** The messages that a follower of all runs hears. */
  readonly heard: HeardRecords;
};

export type { Checked, LoadedRun };

export type RunReaderDeps = {
  readonly journal: Journal;
  readonly charts: Charts;
  readonly snapshots?: Snapshots | undefined;
  /** Knows the runs there are; absent: the last record of each is read whenever somebody asks. */
  readonly runs?: CurrentRuns | undefined;
  /** Caches long folded runs in memory, for a process that serves many requests. */
  readonly keepsRuns?: boolean;
  /** Runs that have left the journal; absent: none has. */
  readonly archive?: RunArchive | undefined;
  /** Knows of events that the journal has lost; absent: it has lost none. */
  readonly ledger?: Pick<Ledger, 'head' | 'damageOf'> | undefined;
};

export function createRunReader(deps: RunReaderDeps): RunReader {
  const { charts, snapshots, keepsRuns = false, ledger, archive } = deps;
  const journal = withArchive(deps.journal, archive);
  const archived = findArchived(deps.journal, archive);
  // Without snapshots, the cache would not speed up the fold of one long run.
  const folded =
    keepsRuns && snapshots !== undefined ? createFoldedRuns({ journal, charts, snapshots }) : undefined;
  const heard = createHeardRecords();

  function read(id: string, options: FoldOptions, from: Snapshots | undefined): Promise<LoadedRun> {
    const { until, runContextOf } = options;
    if (options.verified === true) return replayRun(journal, charts, id, until);
    if (options.heard === true && until !== undefined && heard.has(id, until))
      return loadRun({ ...journal, read: heard.read }, charts, id, { until });
    if (options.stays === true && from !== undefined && folded !== undefined) return folded.load(id, until);
    const context = runContextOf === undefined ? {} : { runContextOf };

    return loadRun(journal, charts, id, { until, ...context, snapshots: from });
  }

  return {
    charts,
    fold: (id, options = {}) => {
      const isWhole = options.whole === true || options.verified === true;
      const sources = { journal, charts, snapshots: isWhole ? undefined : snapshots };
      if (options.once === true) return read(id, options, sources.snapshots);

      const readNow = () => readOrQuarantine(sources, id, (from) => read(id, options, from));
      return ledger === undefined || options.until !== undefined ? readNow() : readAll(ledger, id, readNow);
    },
    checked: (run) => checked(journal.read(run), charts),
    follow: (run, signal) => checked(journal.watch({ run, after: 0, signal }), charts),
    soundPart: (run) => soundPart(journal, charts, run),
    entries: (run, options) => journal.read(run, options),
    inJournal: (run) => deps.journal.read(run),
    first: (run) => firstBehind(journal, run, 0),
    last: (run) => journal.last(run),
    archived,
    isKnown: async (run) => ((await ledger?.head(run)) ?? (await archived(run))) !== undefined,
    runs: knownRuns(deps.runs, runsInJournal(journal)),
    rows: (board, create) => createRunRows(journal, board, create),
    heard,
  };
}

/** An index that a process which stands still keeps locked keeps no engine from the runs that it has to take over. */
function knownRuns(runs: CurrentRuns | undefined, inJournal: CurrentRuns): CurrentRuns {
  if (runs === undefined) return inJournal;

  return {
    ...runs,
    unfinishedRuns: (shards) =>
      runs.unfinishedRuns(shards).catch((error: unknown) => {
        if (!(error instanceof RunIndexBroken)) throw error;
        return inJournal.unfinishedRuns(shards);
      }),
  };
}

/** A run that is not all there is quarantined. What is known of it is asked first: the journal is never behind that. */
async function readAll(
  ledger: Pick<Ledger, 'head' | 'damageOf'>,
  id: string,
  readNow: () => Promise<LoadedRun>,
): Promise<LoadedRun> {
  const known = await ledger.head(id);
  const refuseLost = async (): Promise<void> => {
    const damage = await ledger.damageOf(id);
    if (damage !== undefined) throw new RunQuarantined(damage);
  };
  try {
    const loaded = await readNow();
    const { run, position } = loaded;
    if (
      known !== undefined &&
      headDamage(known, ledgerHead({ run: id, position, sequence: run.sequence, hash: run.hash })) !==
        undefined
    )
      await refuseLost();

    return loaded;
  } catch (error) {
    if (known !== undefined && error instanceof RunNotFound) await refuseLost();
    throw error;
  }
}
