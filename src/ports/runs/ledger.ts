import type { Departure, LedgerHead } from '../../../machines/audit/ledger.ts';
import type { ArchivedRun } from './archive.ts';
import type { Damage, Journal, Stored } from './journal.ts';

type LedgerAppend = { readonly before: string; readonly after: string; readonly bytes: number };

/** Lines that outlive the journal, written by several processes at a time. */
export interface LedgerFile {
  /** All lines, the oldest first; one that was torn may be among them. */
  read(): Promise<readonly string[]>;
  /**
   * Resolves when they would survive a power cut: with the version before, the one after unless somebody else wrote as
   * well, and how large the file is.
   */
  append(lines: readonly string[]): Promise<LedgerAppend>;
  /** Puts these lines in the place of all that were read. */
  rewrite(lines: readonly string[]): Promise<void>;
  /** Another one whenever somebody wrote. */
  version(): Promise<string>;
}

/** What the journal does not hold although it was acknowledged. */
export type LedgerReport = {
  /** When it was looked, in ms since 1970. */
  readonly atMs: number;
  /** Since when the ledger counts; undefined where it begins now. */
  readonly since: string | undefined;
  /** Runs that it knows of, and the position of the last record of any of them. */
  readonly runs: number;
  readonly last: number;
  /** The same for two ledgers that know the same heads. */
  readonly sum: string;
  readonly damaged: readonly { readonly run: string; readonly damage: Damage }[];
  /** Where the journal ends, if that is before `last`. */
  readonly endsAt?: number;
  /** Journals whose place this one took, and which nobody said are to be forgotten. */
  readonly replaced: readonly { readonly journal: string; readonly runs: number; readonly last: number }[];
  /** Losses that were accepted. */
  readonly accepted: readonly { readonly at: string; readonly by: string; readonly runs: number }[];
  /** Runs that left the journal by a policy, the latest last. */
  readonly departed: readonly Departure[];
  /** Lines of the ledger itself that cannot be read. */
  readonly unreadable: number;
};

/** A run that left the journal. */
export type Departing = Pick<ArchivedRun, 'run' | 'sequence' | 'position' | 'hash' | 'policy' | 'kept'>;

/** Compares the heads of the journal with those that were known before they were read. */
export type LedgerComparison = {
  readonly saw: (last: Stored) => void;
  /** Resolves with what is wrong. `end` was asked for after the comparison began. */
  readonly finish: (end: number) => Promise<LedgerReport>;
};

/**
 * What this project knows of its journal besides the journal: the last record of every run, a moment late. A journal
 * that has less than that has lost something. No truth of its own: without it, it begins anew.
 */
export interface Ledger {
  /** Remembers a record that was acknowledged. Never waits, and never throws. */
  note(head: LedgerHead): void;
  /** Appends of this journal are remembered once they are acknowledged; no run that is missing begins again. */
  following(journal: Journal): Journal;
  /** What is known of the run; undefined where nothing is, or where the ledger cannot be read. */
  head(run: string): Promise<LedgerHead | undefined>;
  /** Looks at the run itself, and whether its loss was accepted. Call when a run is not as it is known. */
  damageOf(run: string): Promise<Damage | undefined>;
  /** Comes before heads are read. `whole`: runs that went on are looked at one by one, however many. */
  begin(options?: { readonly whole?: boolean }): Promise<LedgerComparison>;
  /** Reads all heads and compares. */
  check(options?: { readonly whole?: boolean }): Promise<LedgerReport>;
  /** What the last comparison found; undefined before the first. */
  report(): LedgerReport | undefined;
  /** Called with what each comparison found, until the returned function is called. */
  onReport(listener: (report: LedgerReport) => void): () => void;
  /**
   * Takes runs out that have left the journal by a policy, and notes when, and by which. One of which more was known
   * than left stays: that is missing.
   */
  leave(departed: readonly Departing[]): Promise<void>;
  /** Takes what was lost out of the ledger, and notes who said so. */
  accept(by: string): Promise<LedgerReport>;
  close(): Promise<void>;
}
