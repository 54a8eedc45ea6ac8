import type { Sealed } from '../../machines/run/seal.ts';
import type { BlobStore, BlobUnavailable } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunQuarantined } from '../ports/damage.ts';
import type { Journal } from '../ports/journal.ts';
import type { JournalUnavailable } from '../ports/journal-errors.ts';
import type { LoadedRun } from './load-run.ts';

/** What a mailbox works with, and whom it tells what happened. */
export type MailboxDeps = {
  readonly journal: Journal;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Reads the run again, after another writer was first. Rejects with RunQuarantined. */
  readonly reload: () => Promise<LoadedRun>;
  /** Called after every append, with the run already moved on, and the position of the record. */
  readonly onAppended: (sealed: Sealed, position: number) => void;
  /** Called when the run was read again, so that what it waits for can be looked at anew. */
  readonly onReloaded: () => void;
  readonly onStalled: (error: JournalUnavailable | BlobUnavailable) => void;
  /** Called when the run turns out to be quarantined: it is not touched any more. */
  readonly onDamaged: (error: RunQuarantined) => void;
};
