import { z } from 'zod';
import { sha256Hex } from '../../../machines/hash.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import { createMarks, type Marks } from '../marks.ts';

/** Which alerts were said, whichever engine said them. */
export type AlertMarks = {
  /**
   * Whoever gets a claim is to say it now; nobody else is told so for a while, unless it is said by then. `taken`:
   * somebody else is about to. What was said longer ago than `againAfterMs` may be said again.
   */
  readonly take: (key: string, againAfterMs?: number) => Promise<AlertClaim | 'taken' | 'said'>;
  /**
   * The trouble is over: when it comes again it is said again. What was marked later than `knownAtMs` (ms since 1970)
   * is about new trouble, and stays.
   */
  readonly forget: (key: string, knownAtMs: number) => Promise<void>;
  /** Takes away what is marked of trouble that is not `due` any more, a day after it was said. */
  readonly sweep: (due: readonly string[]) => Promise<void>;
};

/** An alert that is ours to say. */
export type AlertClaim = {
  /** Where it was said already, by an engine that died before it was said everywhere. */
  readonly toldAt: ReadonlySet<string>;
  /** Says that we are still at it, and where it was said. False: it is not ours any more, and is said no further. */
  readonly note: (told?: string) => Promise<boolean>;
  /** There is nothing left to do about it. */
  readonly end: () => Promise<void>;
};

const AlertMark = z.object({
  state: z.enum(['taken', 'said', 'free']),
  at: z.string(),
  told: z.array(z.string()).optional(),
});
type AlertMark = z.output<typeof AlertMark>;

/** An engine that took an alert and has died since is waited for no longer, by the clock that is never set. */
const takenMs = 5 * 60_000;
/** By then no engine has anything to say of what happened once, whatever its clock shows. */
const keptMs = 24 * 60 * 60_000;

/** Over marks that are changed by compare-and-set: the first to write one says it. */
export function createAlertMarks(store: MarkStore, clock: Clock, first = 'alert'): AlertMarks {
  const marks = createMarks(store, AlertMark);
  const taken = createTaken(clock);
  // Subjects may be longer than a key.
  const markOf = (key: string) => `${first}/${sha256Hex(key).slice(0, 40)}`;

  return {
    take: async (key, againAfterMs = Number.POSITIVE_INFINITY) => {
      const { value: mark, revision } = await marks.read(markOf(key));
      const ageMs = mark === undefined ? 0 : clock.now() - Date.parse(mark.at);
      if (mark?.state === 'taken' && taken.lookedAtMs(key, revision) < takenMs) return 'taken';
      taken.forget(key);
      if (mark?.state === 'said' && ageMs < againAfterMs) return 'said';
      const told = mark?.state === 'taken' ? (mark.told ?? []) : [];
      const claim = createClaim({ marks, clock, mark: markOf(key), told, revision });

      return (await claim.note()) ? claim : 'taken';
    },
    forget: async (key, knownAtMs) => {
      const { value: mark, revision } = await marks.read(markOf(key));
      if (mark === undefined || Date.parse(mark.at) > knownAtMs) return;
      await marks.remove(markOf(key), revision);
    },
    sweep: async (due) => {
      const wanted = new Set(due.map(markOf));
      for (const [mark, { value, revision }] of await marks.all(first)) {
        const atMs = Date.parse(value?.at ?? '');
        // What somebody spoilt by hand has no time.
        const isYoung = clock.now() - atMs < keptMs;
        if (!isYoung && !wanted.has(mark)) await marks.remove(mark, revision);
      }
    },
  };
}

/** How long what others took has been seen as it is; whoever is at it writes it anew again and again. */
function createTaken(clock: Clock) {
  const seen = new Map<string, { readonly revision: number; readonly sinceMs: number }>();

  return {
    lookedAtMs: (key: string, revision: number): number => {
      const known = seen.get(key);
      const sinceMs = known?.revision === revision ? known.sinceMs : clock.steady();
      seen.set(key, { revision, sinceMs });

      return clock.steady() - sinceMs;
    },
    forget: (key: string): void => void seen.delete(key),
  };
}

type Claimed = {
  readonly marks: Pick<Marks<AlertMark>, 'write'>;
  readonly clock: Clock;
  readonly mark: string;
  readonly told: readonly string[];
  readonly revision: number;
};

function createClaim({ marks, clock, mark, told, revision: found }: Claimed): AlertClaim {
  const toldAt = new Set(told);
  let revision: number | undefined = found;
  // Places are told beside each other, and the mark is written by one after the other.
  const turns = createSerialQueue();

  function write(state: 'taken' | 'said', place?: string): Promise<boolean> {
    return turns.post(async () => {
      if (place !== undefined) toldAt.add(place);
      if (revision === undefined) return false;
      const at = new Date(clock.now()).toISOString();
      const value = state === 'said' ? { state, at } : { state, at, told: [...toldAt] };
      revision = await marks.write(mark, value, revision);

      return revision !== undefined;
    });
  }

  return {
    toldAt: new Set(told),
    note: (place) => write('taken', place),
    end: async () => void (await write('said')),
  };
}
