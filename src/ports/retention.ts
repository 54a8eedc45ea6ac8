import type { StayReason } from '../../machines/retention/due-runs.ts';
import type { Authority } from './access/authority.ts';
import type { ArchivedRun } from './runs/archive.ts';

/** Runs whose time in the journal is over. */
export type RetentionPlan = {
  /** When it was looked (ISO 8601, UTC). */
  readonly at: string;
  readonly runs: number;
  readonly messages: number;
  /** Of so many messages in the journal. */
  readonly ofMessages: number;
  /** Since when the first of them are due. */
  readonly dueSince?: string;
  readonly policies: readonly {
    readonly policy: string;
    readonly kept: ArchivedRun['kept'];
    readonly runs: number;
    readonly messages: number;
  }[];
  /** Runs whose time is over as well, and which stay, by the reason. */
  readonly held: readonly { readonly because: StayReason; readonly runs: number }[];
  /** The first of those that are due. */
  readonly first: readonly { readonly run: string; readonly endedAt: string; readonly policy: string }[];
};

/** What became of the runs that were due. */
export type RetentionOutcome = {
  readonly plan: RetentionPlan;
  /** How many left the journal. */
  readonly left: number;
  /** Runs that stay with their families since their records are not as they should be. */
  readonly damaged: readonly string[];
  /** The segment of the archive that was written, and the generation that the journal is in now. */
  readonly segment?: string;
  readonly generation?: number;
  /** More are due than go at a time: ask again. */
  readonly hasMore?: boolean;
  /** Why the journal did not go on without them: it is as it was, and they are due still. */
  readonly refused?: { readonly code: string; readonly message: string };
};

/** Lets runs leave the journal whose time is over. */
export interface RunRetention {
  /** What is due now. Changes nothing. */
  plan(): Promise<RetentionPlan>;
  /**
   * Puts what is due into the archive, and has the journal go on without it. What is interrupted has lost nothing, and
   * may be asked for again. `isWorth` is asked whether to go on. Rejects like RunArchive and JournalGenerations, but
   * for GenerationRefused.
   */
  sweep(asked: {
    readonly by: string;
    readonly isWorth?: (plan: RetentionPlan) => boolean;
    readonly onProgress?: (message: string) => void;
  }): Promise<RetentionOutcome>;
  /** Who may do what, where nobody else looks after that: on the command line. */
  readonly authority?: Authority | undefined;
}
