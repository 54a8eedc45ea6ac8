import { z } from 'zod';
import { sha256Hex } from '../../../machines/hash.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TriggerMarks } from '../../ports/trigger-marks.ts';

/** Which alerts were said, whichever engine said them. */
export type AlertMarks = {
  /**
   * `ours`: whoever asked is to say it now; nobody else is told so for a while, unless it is said by then. `taken`:
   * somebody else is about to. What was said longer ago than `againAfterMs` may be said again.
   */
  readonly take: (key: string, againAfterMs?: number) => Promise<'ours' | 'taken' | 'said'>;
  readonly said: (key: string) => Promise<void>;
  /** The trouble is over: when it comes again it is said again. */
  readonly forget: (key: string) => Promise<void>;
};

const Mark = z.object({ state: z.enum(['taken', 'said', 'free']), at: z.string() });

/** An engine that took an alert and died is waited for no longer. */
const takenMs = 5 * 60_000;

/** Over marks that are changed by compare-and-set: the first to write one says it. */
export function createAlertMarks(marks: TriggerMarks, clock: Clock): AlertMarks {
  const markNow = (state: z.output<typeof Mark>['state']) => ({
    state,
    at: new Date(clock.now()).toISOString(),
  });
  const write = async (key: string, state: 'said' | 'free'): Promise<void> => {
    const kept = await marks.read(markOf(key));
    await marks.write(markOf(key), markNow(state), kept?.revision ?? 0);
  };

  return {
    take: async (key, againAfterMs = Number.POSITIVE_INFINITY) => {
      const kept = await marks.read(markOf(key));
      const { data: mark } = Mark.safeParse(kept?.value);
      const ageMs = mark === undefined ? 0 : clock.now() - Date.parse(mark.at);
      if (mark?.state === 'said' && ageMs < againAfterMs) return 'said';
      if (mark?.state === 'taken' && ageMs < takenMs) return 'taken';
      const written = await marks.write(markOf(key), markNow('taken'), kept?.revision ?? 0);

      return written === undefined ? 'taken' : 'ours';
    },
    said: (key) => write(key, 'said'),
    forget: (key) => write(key, 'free'),
  };
}

/** Subjects may be longer than a key. */
function markOf(key: string): string {
  return `alert/${sha256Hex(key).slice(0, 40)}`;
}
