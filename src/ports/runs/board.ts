import type { JournalRecord } from '../../../events/record.ts';
import type { RunOrder, RunsFilter } from '../../../machines/run/record/run-filter.ts';
import type { KnownRuns, RunQueries, RunSummary } from './run-index.ts';

/** One run of the index, and the place of its last event in the journal of all runs. */
export type BoardLine = RunSummary;

/** A record as it landed, and how its run is after it. */
export type Landed = {
  readonly position: number;
  readonly run: string;
  readonly record: JournalRecord;
  readonly line: BoardLine;
};

/**
 * The index of all runs, kept live in this process by one reader of the journal, whoever many look at it. Only runs
 * that have not ended are in memory.
 */
export interface Board extends RunQueries, KnownRuns {
  /** Resolves when every run there was is on it. */
  readonly ready: Promise<void>;
  /** Whether it hears of what lands now. */
  isLive(): boolean;
  /** The runs that have not ended, latest change first. */
  live(): readonly BoardLine[];
  /** All that fit, in an order, some hundred at a time. */
  each(filter: RunsFilter, order: RunOrder): AsyncIterable<BoardLine>;
  /** Every record as it lands, in order, until the returned function is called. */
  onLanded(listener: (landed: Landed) => void): () => void;
  /** What landed behind a position, in order; undefined where that is too long gone to be known here. */
  since(position: number): readonly Landed[] | undefined;
  /** The same out of the journal, up to where `since` knows what follows; ends early when the signal aborts. */
  before(position: number, signal: AbortSignal): AsyncIterable<Landed>;
  /** Where the journal ends, asked of itself: the board may be a little behind. Rejects with JournalUnavailable. */
  end(): Promise<number>;
  close(): Promise<void>;
}
