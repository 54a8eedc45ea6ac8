import type { Head } from '../../../events/record.ts';
import type { PublicKey } from '../../../machines/audit/public-key.ts';
import type { Stored } from './journal.ts';

/** A run that is not in the journal any more. */
export type ArchivedRun = {
  readonly run: string;
  readonly sequence: number;
  /** Of its last message. */
  readonly position: number;
  /** Of its last record. */
  readonly hash: string;
  readonly head: Head;
  readonly updatedAt: string;
  /** What is kept of it: all messages, the head of its last record, or only that it was there. */
  readonly kept: 'whole' | 'head' | 'nothing';
  /** By which policy it went, in words: `retention of invoices version 3: keep 30d, then archive`. */
  readonly policy: string;
};

/** A message as the journal told it, byte for byte. */
export type ArchivedMessage = { readonly position: number; readonly body: string };

/** Runs that were archived together. */
export type ArchiveSegment = {
  readonly name: string;
  /** When it was written (ISO 8601, UTC), and by whom. */
  readonly at: string;
  readonly by: string;
  /** The generation of the journal that these runs were in. */
  readonly generation: number;
  readonly runs: number;
  readonly messages: number;
  readonly bytes: number;
  /** The Merkle root over its runs, and the key that signed it. */
  readonly root: string;
  readonly key: string;
};

/** What is wrong with a segment, or with one run of it. Codes begin with `archive.`, or are those of an export. */
export type ArchiveFinding = {
  readonly segment: string;
  readonly run?: string;
  readonly code: string;
  readonly message: string;
};

/** Runs that were left behind when their journal went on in another generation. */
export interface RunArchive {
  /**
   * Writes one segment, durably, all of it or nothing; signed, with a Merkle root over its runs. What is not kept of a
   * run is left out, whatever is handed over. Rejects with ArchiveUnavailable.
   */
  put(
    about: { readonly at: string; readonly by: string; readonly generation: number },
    runs: AsyncIterable<ArchivedRun & { readonly messages: readonly ArchivedMessage[] }>,
  ): Promise<ArchiveSegment>;
  /** As the latest segment says that holds it. Rejects with ArchiveUnavailable, ArchiveBroken. */
  find(run: string): Promise<ArchivedRun | undefined>;
  /** Its messages as the journal told them, byte for byte; none unless it is kept whole. Rejects like `find`. */
  read(run: string): AsyncIterable<Stored>;
  /** All runs, those of the latest segment first: one that several segments hold is told for each. */
  all(): AsyncIterable<ArchivedRun>;
  /** The names of its segments, the latest first, also of unreadable ones. Rejects with ArchiveUnavailable. */
  names(): Promise<readonly string[]>;
  /** Those of these names, or all of them, the latest first. Rejects like `find`. */
  segments(names?: readonly string[]): Promise<readonly ArchiveSegment[]>;
  /**
   * Whether a segment is whole: its signature, made with one of these keys, its root, and the chain of records of every
   * run. Tells what is wrong, one after another. Rejects with ArchiveUnavailable.
   */
  verify(segment: string, keys: readonly PublicKey[]): AsyncIterable<ArchiveFinding>;
}

/** The archive cannot be read or written now. The reaction: mend the folder or its disk, and ask again. */
export class ArchiveUnavailable extends Error {
  override readonly name = 'ArchiveUnavailable';
  readonly code = 'archive.unavailable';
}

/** A segment is not as it was written. The reaction: `workflow archives verify`, and restore it from a backup. */
export class ArchiveBroken extends Error {
  override readonly name = 'ArchiveBroken';
  readonly code = 'archive.broken';
}

/**
 * The run has left the journal: nothing is appended to it any more, and where less than the whole of it was kept, its
 * events are gone. The reaction: start another run.
 */
export class RunArchived extends Error {
  override readonly name = 'RunArchived';
  readonly code = 'run.archived';

  constructor({ run, kept, policy, head }: Pick<ArchivedRun, 'run' | 'kept' | 'policy' | 'head'>) {
    const what = {
      whole: 'it can be read, and nothing can be changed about it any more; start another run',
      head: `only its last state was kept, ${head.status}: its events are gone`,
      nothing: 'nothing but its id and its end was kept: its events are gone',
    }[kept];
    super(`run ${run} was archived (${policy}): ${what}`);
  }
}
