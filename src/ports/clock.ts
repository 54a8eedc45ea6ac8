/** Time as the shell sees it. The core never does: it gets the time of each event with the event. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z: for times that are kept or shown. It may be set, back as well as on. */
  now(): number;
  /**
   * Milliseconds since some moment of this process, never set: for how long something takes, lasts or is waited for. It
   * goes on while the process is stopped or the machine sleeps.
   */
  steady(): number;
  /** Calls back once after `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}
