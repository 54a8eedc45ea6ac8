import type { Landed } from './board.ts';
import type { Stored } from './journal.ts';

/** A fold of the messages of one run into rows, one after another. */
export type RowFold = {
  readonly rows: readonly unknown[];
  /** The place of the last of them in the journal of all runs, 0 for none. */
  readonly position: () => number;
  /** The next message of the run. */
  readonly add: (stored: Stored) => void;
  /** The next record, heard of as it landed. False when it is not the next one: the journal has to be asked. */
  readonly land: (landed: Landed) => boolean;
};

/** The messages of runs as rows, kept for those who looked at them lately. */
export interface RunRows<Fold> {
  /** The rows of a run with all that is known to have landed. Rejects with RunNotFound. */
  open(run: string): Promise<Fold>;
  /** The same, where they need not be read first. */
  atHand(run: string): Fold | undefined;
  /** The messages of one run behind a position of the journal, unchecked, in order. */
  entries(run: string, options: { readonly after: number }): AsyncIterable<Stored>;
}
