import { z } from 'zod';
import type { Absence, Absences } from '../ports/access/absences.ts';
import type { Clock } from '../ports/clock.ts';
import type { MarkStore } from '../ports/mark-store.ts';
import { createMarks } from './marks.ts';

const first = 'absence';
/** So many of one person are kept, those that are over included. */
const keptMax = 50;
const AbsenceMark = z.array(
  z.object({
    to: z.string(),
    from: z.string(),
    until: z.string(),
    at: z.string(),
    reason: z.string().exactOptional(),
    endedAt: z.string().exactOptional(),
  }),
);

/** One mark for each person, with the absences that they declared. They are over by the clock, and by nothing else. */
export function createAbsences(store: MarkStore, clock: Pick<Clock, 'now'>): Absences {
  const marks = createMarks<readonly Absence[]>(store, AbsenceMark);
  const of = (who: string): string => `${first}/${who}`;
  const all = async () =>
    new Map([...(await marks.values(first))].map(([key, found]) => [key.slice(of('').length), found]));

  return {
    all,
    declare: async (who, absence) => {
      await marks.change(of(who), ({ value = [] }) => {
        const before = value.map((each) => ended(each, absence.at));
        return { to: { value: [...before, absence].slice(-keptMax) }, result: undefined };
      });
    },
    end: async (who, at) => {
      const { result } = await marks.change(of(who), ({ value = [] }) => {
        if (!value.some((each) => isAhead(each, at))) return { result: false };
        return { to: { value: value.map((each) => ended(each, at)) }, result: true };
      });

      return result;
    },
    absentFor: async (to) => {
      const now = new Date(clock.now()).toISOString();
      const absent = [...(await all())].filter(([, found]) =>
        found.some((each) => each.to === to && each.from <= now && isAhead(each, now)),
      );

      return absent.map(([who]) => who).sort();
    },
  };
}

/** Not over yet; it may not have begun. Times of one form compare as texts. */
function isAhead({ until, endedAt }: Absence, at: string): boolean {
  return endedAt === undefined && at < until;
}

function ended(absence: Absence, at: string): Absence {
  return isAhead(absence, at) ? { ...absence, endedAt: at } : absence;
}
