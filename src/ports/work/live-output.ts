/** Lines that an attempt printed, as secrets were hidden in them, while it goes on. */
export type PrintedLines = {
  readonly task: string;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The place of the first of them among all lines that the attempt prints on the stream, from 0. */
  readonly first: number;
  readonly lines: readonly string[];
  /** So many bytes before the first of them were left out: more is printed than is told. */
  readonly leftOut?: number;
  /** It prints nothing more there: so many lines were it in all. */
  readonly count?: number;
};

/**
 * What attempts print, told while they go on to whoever listens, and kept nowhere: lines may be lost. What is kept
 * comes with the end of the attempt.
 */
export interface LiveOutput {
  /** Does not wait, and never fails. False where these lines are left out, because this process tells too much. */
  tell(run: string, printed: PrintedLines): boolean;
  /** From now on, until the signal aborts. */
  printing(run: string, signal: AbortSignal): AsyncIterable<PrintedLines>;
}
