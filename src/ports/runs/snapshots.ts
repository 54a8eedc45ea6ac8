/**
 * Folded runs as texts, so that a long one need not be folded from its first event. Disposable: whoever reads one
 * checks it against the journal, and where there is none, or it is wrong, nothing is lost but time. Every operation
 * rejects with SnapshotsUnavailable when the store cannot be reached; who asks for the latest is told soon.
 */
export interface Snapshots {
  /** The versions of what folds runs here: snapshots of any other are of no use. */
  readonly library: string;
  /** Keeps the text in the place of the one that was kept for the run before. */
  keep(run: string, text: string): Promise<void>;
  /** The text that was kept last. Undefined where there is none, or where it is not whole. */
  latest(run: string): Promise<string | undefined>;
  /** Forgets that of one run. */
  drop(run: string): Promise<void>;
  /** Forgets those of all runs. */
  dropAll(): Promise<void>;
}

/** The store could not be reached. The reaction: fold the journal, and go on. */
export class SnapshotsUnavailable extends Error {
  override readonly name = 'SnapshotsUnavailable';
  readonly code = 'snapshots.unavailable';
}
