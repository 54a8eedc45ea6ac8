/** An event as it was published. */
export type KeptEvent = {
  /** Its place among all events of the namespace; it grows. */
  readonly position: number;
  /** The type that its subject says. */
  readonly type: string;
  /** Who published it, where the server vouches for that; absent for one that anybody may have published. */
  readonly by?: string;
  readonly body: string;
};

/** An event that came in. */
export type InboxItem = KeptEvent & {
  /** It has been dealt with, and is not given out again. Rejects with EventsUnavailable. */
  done(): Promise<void>;
  /** It could not be dealt with now: it is given out again, to whoever takes, in about so long. */
  again(delayMs: number): void;
};

/**
 * The events of a namespace, each to be dealt with by one of those who take. At least once: one whose taker ended, or
 * was silent for `silentMs`, is given out again.
 */
export interface EventInbox {
  /**
   * Gives out what nobody has dealt with, the oldest first, and then what comes, until the signal aborts; at most
   * `atOnceMax` at a time are under way. What is under way then is given out again to others. Survives reconnects.
   */
  take(options: { readonly signal: AbortSignal; readonly atOnceMax: number }): AsyncIterable<InboxItem>;
  readonly silentMs: number;
  /** An event by its position; undefined where it is not kept any more. Rejects with EventsUnavailable. */
  read(position: number): Promise<KeptEvent | undefined>;
}
