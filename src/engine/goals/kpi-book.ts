import type { KpiEvent } from '../../../events/kpi-events.ts';
import { createKpiFold, type KpiFold, kpiRecord, readKpiRecord } from '../../../machines/goals/kpi-fold.ts';
import { createTurnsPerKey } from '../../lib/serial-queue.ts';
import type { KpiBook } from '../../ports/goals.ts';
import type { KpiRecords } from '../../ports/runs/kpi-records.ts';

/** One that writes as well. */
export type WritableKpiBook = KpiBook & {
  /**
   * Writes the next event of a KPI, as it follows from the fold that `kpi` gave last. Resolves with false where
   * somebody else has written meanwhile: nothing was written then.
   */
  write(name: string, event: KpiEvent, time: string): Promise<boolean>;
};

/** A fold that others read. */
export type ReadFold = Omit<KpiFold, 'take'>;

type Kept = { readonly fold: KpiFold; position: number };

/** Reads each KPI once from its first event on, and goes on from there whenever it is asked for. */
export function createKpiBook(records: KpiRecords): WritableKpiBook {
  const kept = new Map<string, Kept>();
  const turns = createTurnsPerKey();

  return {
    kpi: (name) =>
      turns.take(name, async () => {
        const known = kept.get(name) ?? { fold: createKpiFold(name), position: 0 };
        try {
          for (const { position, body } of await records.read(name, known.position)) {
            known.fold.take(readKpiRecord(name, body, known.fold.sequence() + 1));
            known.position = position;
          }
        } catch (error) {
          // The journal may be another one by now: next time it is read from the beginning.
          kept.delete(name);
          throw error;
        }
        kept.set(name, known);

        return known.fold;
      }),
    write: (name, event, time) =>
      turns.take(name, async () => {
        const known = kept.get(name);
        if (known === undefined) return false;
        const { body, record } = kpiRecord(name, known.fold, { event, time });
        const position = await records.append(name, body, known.position);
        if (position === undefined) return false;
        known.fold.take(record);
        known.position = position;

        return true;
      }),
  };
}
