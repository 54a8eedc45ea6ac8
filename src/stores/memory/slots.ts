import {
  answerFor,
  holdersOf,
  inTheWay,
  lineWith,
  lineWithout,
  type SlotLine,
} from '../../../machines/run/slot-line.ts';
import type { Slots } from '../../ports/work/slots.ts';

/** Slots in memory, for simulation tests. */
export function createMemorySlots(): Slots {
  const lines = new Map<string, SlotLine>();
  let isComplete = false;
  const lineOf = (key: string): SlotLine => lines.get(key) ?? [];

  return {
    acquire: async (key, run, limit) => {
      const line = lineWith(lineOf(key), run, limit);
      lines.set(key, line);

      return answerFor(line, run);
    },
    release: async (key, run) => {
      const line = lineWithout(lineOf(key), run);
      if (line.length === 0) lines.delete(key);
      else lines.set(key, line);
    },
    inTheWay: async (key, run) => inTheWay(lineOf(key), run),
    holders: async (key) => holdersOf(lineOf(key)),
    isComplete: async () => isComplete,
    markComplete: async () => {
      isComplete = true;
    },
  };
}
