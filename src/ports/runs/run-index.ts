import type { Head } from '../../../events/record.ts';
import type { RunCount, RunOrder, RunPlace, RunsFilter } from '../../../machines/run/record/run-filter.ts';
import type { RunsWanted, SomeShards } from '../../../machines/run/record/run-lines.ts';
import type { Damage } from './journal.ts';

/** One line of the index of runs. */
export type RunSummary = {
  readonly run: string;
  readonly head: Head;
  readonly sequence: number;
  /** The place of its last event in the journal of all runs. */
  readonly position: number;
  readonly updatedAt: string;
  /** Set where it has left the journal: what is kept of it. */
  readonly archived?: 'whole' | 'head';
  /** Why the run is set aside, as far as the last message of its journal tells. */
  readonly damage?: Damage;
};

/** How far a stream of the journal was read: a journal that has another message there is another one. */
export type IndexCursor = {
  readonly position: number;
  /** The run of the message at the position, and the hash of its record; both '' where nothing was read yet. */
  readonly run: string;
  readonly hash: string;
};

/** The index cannot be used. The reaction: make it anew, or go on without a file. */
export class RunIndexBroken extends Error {
  override readonly name: string = 'RunIndexBroken';
  readonly code = 'index.broken';
  /** Damaged: to be made anew. Unusable: its disk is full, cannot be written or fails. Other: may go well next time. */
  readonly reason: 'damaged' | 'unusable' | 'other';

  constructor(
    message: string,
    { reason = 'other', ...options }: ErrorOptions & { readonly reason?: RunIndexBroken['reason'] } = {},
  ) {
    super(message, options);
    this.reason = reason;
  }
}

/** The index was cleared, or another took its place, since the writer stood on it. The reaction: stand on it again. */
export class RunIndexCleared extends RunIndexBroken {
  override readonly name = 'RunIndexCleared';

  constructor() {
    super('the index of runs was cleared: what the journal holds is put into it again');
  }
}

/** What one look into the index answers, at once. Each throws RunIndexBroken. */
export interface RunLookups {
  line(run: string): RunSummary | undefined;
  /** The ids before and after this one in the order of ids, whether there is such a run or not. */
  neighbours(run: string): readonly string[];
  /**
   * How long the runs of a definition took that were completed last, or of one version of it, the latest first, in ms,
   * at most so many.
   */
  durations(definition: { readonly id: string; readonly hash?: string }, limit: number): readonly number[];
}

/** What is asked of an index of runs. Each rejects with RunIndexBroken. */
export interface RunQueries {
  /** The first runs of an order that fit. */
  page(wanted: RunsWanted): Promise<readonly RunSummary[]>;
  /** How many runs fit, by definition and status. */
  counts(filter?: RunsFilter): Promise<readonly RunCount[]>;
}

/**
 * The last record of every run, in rows. No truth of its own: it is made of the journal, and made anew where it is lost
 * or does not fit. Several processes may have it open; what one of them has put, all of them see.
 */
export interface RunIndex extends RunQueries, RunLookups {
  /** Which clearing of the index its rows came after: read it before the cursor, and put it with every cursor. */
  epoch(): Promise<string>;
  /** Undefined where the stream was never read to its end, or where that one was created at another time. */
  cursor(stream: string, created: string): Promise<IndexCursor | undefined>;
  /**
   * Puts rows and the cursor in one transaction. A row that is as new as the one that is there is left out, unless it
   * says that the run was archived, and so is a cursor that is not ahead of the one that is there. Rejects with
   * RunIndexCleared, and changes nothing, where the cursor is of an epoch that is over: rows that were put before it
   * are gone.
   */
  put(lines: readonly RunSummary[], read?: IndexedStream): Promise<void>;
  /** Puts a row in the place of whatever is there; undefined takes it away. */
  replace(run: string, line: RunSummary | undefined): Promise<void>;
  /** Runs that have lost events whatever their rows say; those that were marked before are not any more. */
  mark(damaged: ReadonlyMap<string, Damage>): Promise<void>;
  /**
   * The runs that have not ended, of these shards or of all: each as its last record tells (status, due
   * time, active tasks), with the position and sequence of that. Ended runs are not read for it.
   */
  unfinishedRuns(shards?: SomeShards): Promise<readonly RunSummary[]>;
  /** Forgets everything, and begins the epoch that it resolves with. */
  clear(): Promise<string>;
  close(): void;
}

/** A stream of the journal, and up to where it was read. */
export type IndexedStream = {
  readonly epoch: string;
  readonly stream: string;
  readonly created: string;
  readonly cursor: IndexCursor;
};

/** The runs that there are when it is asked: each call tells what the journal holds by then. */
export interface CurrentRuns extends RunQueries {
  /** All that fit, in an order, behind a place in it, some hundred at a time: memory may not hold all of them. */
  each(filter: RunsFilter, order: RunOrder, after?: RunPlace): AsyncIterable<RunSummary>;
  unfinishedRuns: RunIndex['unfinishedRuns'];
  /** The index as it is now, and the position up to which it tells everything. */
  known(): Promise<KnownRuns>;
}

/** What other runs tell of one. */
export interface KnownRuns extends RunLookups {
  position(): number;
}
