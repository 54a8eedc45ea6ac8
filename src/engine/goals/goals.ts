import type { Enterprise } from '../../../machines/goals/enterprise.ts';
import type { Goals } from '../../ports/goals.ts';
import type { KpiRecords } from '../../ports/runs/kpi-records.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import { createRunMeasuring } from './ended-runs.ts';
import { createKpiBook } from './kpi-book.ts';
import { type KpiMeasuringDeps, recomputedKpis } from './measure-kpis.ts';

/** For whoever asks: nothing is written here. */
export function createGoals(
  deps: Pick<KpiMeasuringDeps, 'journal' | 'clock'> & {
    readonly kpis: KpiRecords;
    readonly reader: Pick<RunReader, 'charts' | 'fold'>;
    readonly enterprise: () => Promise<Enterprise>;
  },
): Goals {
  const { kpis, reader, enterprise } = deps;
  const runs = createRunMeasuring(reader);

  return {
    enterprise,
    kpi: createKpiBook(kpis).kpi,
    recomputed: async (until) => recomputedKpis({ ...deps, runs }, await enterprise(), until),
  };
}
