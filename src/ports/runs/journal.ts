import type { JournalRecord } from '../../../events/record.ts';
import { damageText, isNewer, leftAlone } from '../../../machines/run/record/damage-text.ts';

/**
 * The run cannot be worked on, for the reason in `damage`: it is quarantined, or says more than this release knows. The
 * reaction: leave it alone; a person has to mend it, or a newer engine goes on with it.
 */
export class RunQuarantined extends Error {
  override readonly name = 'RunQuarantined';
  readonly code: 'run.quarantined' | 'run.newer';
  readonly damage: Damage;

  constructor(damage: Damage) {
    super(`the run ${leftAlone(damage)}: ${damageText(damage)}`);
    this.code = isNewer(damage) ? 'run.newer' : 'run.quarantined';
    this.damage = damage;
  }
}

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
  override readonly name: string = 'JournalUnavailable';
  readonly code: string = 'journal.unavailable';
}

/** Why the NATS server stores nothing now, with a stable code, and in words what a person can do. */
export type StoreTrouble = {
  readonly code:
    | 'nats.disk-full'
    | 'nats.store-read-only'
    | 'nats.too-many-files'
    | 'nats.not-storing'
    | 'nats.unreachable'
    | 'site.fenced';
  readonly message: string;
};

/** The server stores nothing now, and why is known. The reaction: mend that; what was asked for may be asked again. */
export class StoreRefuses extends JournalUnavailable {
  override readonly name = 'StoreRefuses';
  override readonly code: StoreTrouble['code'];

  /** `isPending`: it was being carried out when the trouble began, and may end either way. */
  constructor(
    { code, message }: StoreTrouble,
    { isPending = false, cause }: { readonly isPending?: boolean; readonly cause?: unknown } = {},
  ) {
    super(isPending ? `${message}. ${pendingText}` : message, { cause });
    this.code = code;
  }
}

const pendingText = 'What was asked for may still be carried out within a minute: look before asking again';

/** The record is larger than one message may be. The reaction: fail the task that made it so. */
export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';
  readonly code = 'journal.record-too-large';

  constructor(id: string, bytes: number, bytesMax: number) {
    super(`record ${id} has ${bytes} bytes, more than the ${bytesMax} the journal takes in one message`);
  }
}

/** A record as it is written: `body` is its canonical JSON, `position` what the journal must be at before it. */
export type Append = {
  readonly run: string;
  /** `<run>/<sequence>`: tells our own record from another writer's when an answer was lost. */
  readonly id: string;
  readonly body: string;
  /** Position of the run's last message as the writer knows it, 0 for a run that has none. */
  readonly after: number;
  /** `body` is a record as `seal` of this release made it: whoever follows the journal here need not check it again. */
  readonly isSealed?: true;
};

/**
 * One message found on a run's subject. `position` grows along the journal of all runs. A message that is no record
 * of this run (foreign, malformed, of an unknown version) is reported with the reason and the code of the damage, never
 * left out.
 */
export type Stored = {
  readonly run: string;
  readonly position: number;
  readonly body: string;
} & (
  | { readonly kind: 'record'; readonly record: JournalRecord }
  | { readonly kind: 'foreign'; readonly code: string; readonly reason: string }
);

/**
 * The ordered events of every run. One writer wins: an append whose `after` is not the position of the run's last
 * message is refused, and this is the only thing that safety rests on.
 */
export interface Journal {
  /**
   * Appends one record and resolves with its position once it is durable. A lost answer is settled inside (the
   * append is tried again as a fence, for at least 30 s), so the promise never lies in either direction.
   * Rejects with JournalConflict, JournalUnavailable (also while another append of the run is under way in this
   * process) or RecordTooLarge.
   */
  append(append: Append): Promise<number>;
  /** The messages of one run after position `after` (default 0: all), in order, as of the call, through the leader. */
  read(run: string, options?: { readonly after?: number }): AsyncIterable<Stored>;
  /** The last message of one run, through the leader; undefined for a run that has none. */
  last(run: string): Promise<Stored | undefined>;
  /** The position of the last message of all runs, through the leader; 0 where there is none. */
  end(): Promise<number>;
  /** The last message of every run, in no particular order, as of the call: the index of runs. */
  lastOfEach(): AsyncIterable<Stored>;
  /**
   * Every message behind position `after`, or else from the first on that was stored at `since` or later (ms since
   * 1970; default: from now), as it lands, of one run or of all; ends when `signal` aborts. Survives reconnects
   * without loss or repetition. `onCaughtUp` is called once, when every message that was there when watching began
   * has been told and its receiver asks for the next one.
   */
  watch(options: {
    readonly run?: string;
    readonly after?: number;
    readonly since?: number;
    readonly signal: AbortSignal;
    readonly onCaughtUp?: () => void;
  }): AsyncIterable<Stored>;
}

/**
 * Why a run is quarantined: no engine works on it and nothing is appended to its journal any more, until what is wrong
 * is mended. Events before `sequence` are sound. With the code `journal.newer` nothing is wrong: engines of a newer
 * release work on it.
 */
export type Damage = {
  /** `journal.altered`, `journal.broken-chain`, ..., or `definition.missing`. */
  readonly code: string;
  readonly sequence: number;
  /** The message of the journal that is not as it should be; of a missing event, the one that stands in its place. */
  readonly position: number;
  readonly message: string;
};
