import type { DefinitionRef } from '../../../events/run-events.ts';
import type { Damage } from './journal.ts';
import type { RunSummary } from './workflows.ts';

/** One term of a filter, such as `status=FAILED,TIMED_OUT` or `started>2026-01-31`. */
export type RunTerm =
  | {
      readonly field: 'status' | 'definition' | 'error' | 'active' | 'trigger' | 'run';
      readonly isNot: boolean;
      readonly values: readonly string[];
    }
  | { readonly field: 'started'; readonly operator: '<' | '<=' | '>' | '>='; readonly ms: number };

/** What a run has to fit; each member that is there. Times are ISO 8601. */
export type RunsFilter = {
  readonly terms?: readonly RunTerm[] | undefined;
  /** Lower-case text in the id, the definition, the trigger or the error code. */
  readonly text?: string | undefined;
  /** One of these statuses, as people read them. */
  readonly shown?: readonly string[] | undefined;
  readonly isEnded?: boolean | undefined;
  readonly isDamaged?: boolean | undefined;
  /** Whether it is a part of another run. */
  readonly isPart?: boolean | undefined;
  readonly definition?: string | undefined;
  /** The hashes of definitions: one of these. */
  readonly hashes?: readonly string[] | undefined;
  /** The beginning of the id. */
  readonly prefix?: string | undefined;
  readonly startedFrom?: string | undefined;
  /** It changed at this time or later. */
  readonly updatedFrom?: string | undefined;
  /** Its last event is behind this position of the journal. */
  readonly behind?: number | undefined;
  /** It was started before the end of this span, and has not ended before its beginning. */
  readonly within?: { readonly from: string; readonly to: string } | undefined;
};

/**
 * The order of runs, the latest first: by the last change as its time says or by its position, by start, by definition
 * and then start, by the status that people read and then change, or by end.
 */
export type RunOrder = 'updated' | 'changed' | 'started' | 'definition' | 'status' | 'ended';

/** The place of a run in an order. */
export type RunPlace = readonly (string | number)[];

export type RunsWanted = {
  readonly filter?: RunsFilter | undefined;
  readonly order: RunOrder;
  /** Only what comes behind this place. */
  readonly after?: RunPlace | undefined;
  readonly limit: number;
};

/** How many runs are alike in all of this. */
export type RunCount = {
  readonly definition: DefinitionRef;
  /** For programs, and as people read it. */
  readonly status: string;
  readonly shown: string;
  readonly isEnded: boolean;
  readonly count: number;
};

/** Up to where the index tells what a stream of the journal holds: a journal that has another message there is another. */
export type IndexCursor = {
  readonly position: number;
  /** The run of the message at the position, and the hash of its record; both '' where nothing was read yet. */
  readonly run: string;
  readonly hash: string;
};

/** The index cannot be used. The reaction: make it anew, or go on without a file. */
export class RunIndexBroken extends Error {
  override readonly name = 'RunIndexBroken';
  readonly code = 'index.broken';
}

/** What is asked of an index of runs. Each rejects with RunIndexBroken. */
export interface RunQueries {
  /** The first runs of an order that fit. */
  page(wanted: RunsWanted): Promise<readonly RunSummary[]>;
  /** How many runs fit, by definition and status. */
  counts(filter?: RunsFilter): Promise<readonly RunCount[]>;
  /** One run, at once. */
  line(run: string): RunSummary | undefined;
  /**
   * How long the runs of a definition took that were completed last, or of one version of it, the latest first, in ms, at
   * most so many.
   */
  durations(
    definition: { readonly id: string; readonly hash?: string },
    limit: number,
  ): Promise<readonly number[]>;
}

/**
 * The last record of every run, in rows. No truth of its own: it is made of the journal, and made anew where it is lost
 * or does not fit. Several processes may have it open; what one of them has put, all of them see.
 */
export interface RunIndex extends RunQueries {
  /** Undefined where the stream was never read to its end, or where the one that was read was created at another time. */
  cursor(stream: string, created: string): Promise<IndexCursor | undefined>;
  /**
   * Puts rows and the cursor in one transaction. A row that is as new as the one that is there is left out, and so is a
   * cursor that is not ahead of the one that is there.
   */
  put(lines: readonly RunSummary[], read?: IndexedStream): Promise<void>;
  /** Puts a row in the place of whatever is there; undefined takes it away. */
  replace(run: string, line: RunSummary | undefined): Promise<void>;
  /** Runs that have lost events whatever their rows say; those that were marked before are not any more. */
  mark(damaged: ReadonlyMap<string, Damage>): Promise<void>;
  /**
   * The runs that have not ended, of these shards out of `count`, or of all: each as its last record tells (status, due
   * time, active tasks), with the position and sequence of that. Ended runs are not read for it.
   */
  unfinishedRuns(shards?: {
    readonly of: readonly number[];
    readonly count: number;
  }): Promise<readonly RunSummary[]>;
  /** Forgets everything. */
  clear(): Promise<void>;
  close(): void;
}

/** A stream of the journal, and up to where it was read. */
export type IndexedStream = {
  readonly stream: string;
  readonly created: string;
  readonly cursor: IndexCursor;
};
