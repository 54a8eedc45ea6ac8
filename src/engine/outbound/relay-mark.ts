import { z } from 'zod';
import type { TriggerMarks } from '../../ports/events/trigger-marks.ts';
import type { Journal } from '../../ports/runs/journal.ts';

/** Up to which position of the journal other programs were told everything. */
export type RelayMark = {
  /** Where whoever reads it now has to begin. */
  readonly position: number;
  /** Rejects with EventsUnavailable. Where somebody else is further by now, theirs stays. */
  readonly moveTo: (position: number) => Promise<void>;
};

const key = 'relay';
const Kept = z.object({ position: z.int().nonnegative() });

/** Where nobody was told anything yet, what is to be told begins now. Rejects with EventsUnavailable. */
export async function openRelayMark(marks: TriggerMarks, journal: Pick<Journal, 'end'>): Promise<RelayMark> {
  for (;;) {
    const kept = await marks.read(key);
    const position = positionOf(kept?.value);
    const end = await journal.end();
    // A journal that ends before the mark is another one: it was restored, or begun anew.
    if (kept !== undefined && position !== undefined && position <= end)
      return { position, moveTo: mover(marks, kept.revision) };
    const revision = await marks.write(key, { position: end }, kept?.revision ?? 0);
    if (revision !== undefined) return { position: end, moveTo: mover(marks, revision) };
  }
}

function mover(marks: TriggerMarks, begun: number): RelayMark['moveTo'] {
  let revision = begun;

  return async (position) => {
    for (;;) {
      const written = await marks.write(key, { position }, revision);
      if (written === undefined) {
        const theirs = await marks.read(key);
        revision = theirs?.revision ?? 0;
        if ((positionOf(theirs?.value) ?? -1) >= position) return;
      } else {
        revision = written;
        return;
      }
    }
  };
}

function positionOf(value: unknown): number | undefined {
  return Kept.safeParse(value).data?.position;
}
