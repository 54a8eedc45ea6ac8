import type { EventOutcome } from '../../../events/event-outcome.ts';

/** An outcome and where it stands in the order in which outcomes were noted: places only ever grow. */
export type NotedOutcome = { readonly place: number; readonly outcome: EventOutcome };

export type OutcomeFilter = {
  readonly limit: number;
  readonly status?: EventOutcome['status'] | undefined;
  readonly type?: string | undefined;
  /** Only what was dealt with at this time (ms since 1970) or later. */
  readonly sinceMs?: number | undefined;
  /** Only what was noted before that place. */
  readonly before?: number | undefined;
};

/** What became of the events that came in; kept for 30 days. Rejects with EventsUnavailable. */
export interface EventOutcomes {
  /**
   * Resolves when it is stored. Noted twice for one position, the later one counts. One of more than 32 KiB is kept
   * without the data of its event, and then with less of the rest.
   */
  note(outcome: EventOutcome): Promise<void>;
  /** What was noted last comes first, each position once. */
  list(filter: OutcomeFilter): Promise<readonly NotedOutcome[]>;
  of(position: number): Promise<EventOutcome | undefined>;
}
