import type { SlotAnswer } from '../../../machines/run/slot-line.ts';

/** The store could not be reached for as long as it was tried, or holds what is none of ours. Try later. */
export class SlotsUnavailable extends Error {
  override readonly name = 'SlotsUnavailable';
  readonly code = 'slots.unavailable';
}

/**
 * Places for a limited number of runs at once, by key: a definition's `concurrency`, say. Safety rests on it alone,
 * so every answer is as of the call, whichever engine asks. Rejects with SlotsUnavailable when the store cannot be
 * reached.
 */
export interface Slots {
  /**
   * Asks for a slot. Who finds none free is put in line, in the order of first asking, and asks again later; a slot
   * that becomes free is kept for the first in line. Once held, a slot stays held until it is released, so that
   * asking again is safe. `limit` (from 1) is that of who asks: where runs of one key differ in it, each goes by its
   * own. Rejects with SlotLineFull, or RangeError for a limit that is none.
   */
  acquire(key: string, run: string, limit: number): Promise<SlotAnswer>;
  /**
   * Gives up the slot of a run, or its place in line; does nothing when it has neither. By the run itself, or by
   * whoever finds that the run is final and did not.
   */
  release(key: string, run: string): Promise<void>;
  /** The runs that have to end so that this one, which waits, has a slot: the oldest of those in front of it. */
  inTheWay(key: string, run: string): Promise<readonly string[]>;
  /** The runs that a slot is held by, or kept for, in the order in which they first asked. */
  holders(key: string): Promise<readonly string[]>;
  /**
   * Whether every run that has a place is known here. A store that is new does not know those of before it: whoever
   * asks for a place has them ask first, and then says so.
   */
  isComplete(): Promise<boolean>;
  markComplete(): Promise<void>;
}
