/** Another writer was first. The reaction: drop what is in memory, read the run again, decide again. */
export class JournalConflict extends Error {
  override readonly name = 'JournalConflict';
  readonly code = 'journal.conflict';
  readonly run: string;

  constructor(run: string, after: number) {
    super(`run ${run} moved on: its journal is no longer at position ${after}`);
    this.run = run;
  }
}

/** The journal could not be reached for as long as an append is tried. The reaction: stall visibly, try later. */
export class JournalUnavailable extends Error {
  override readonly name = 'JournalUnavailable';
  readonly code = 'journal.unavailable';
}

/** The record is larger than one message may be. The reaction: fail the task that made it so. */
export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';
  readonly code = 'journal.record-too-large';

  constructor(id: string, bytes: number, bytesMax: number) {
    super(`record ${id} has ${bytes} bytes, more than the ${bytesMax} the journal takes in one message`);
  }
}
