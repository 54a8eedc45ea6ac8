import type { KpiRecords, StoredKpi } from '../../ports/runs/kpi-records.ts';

/** Events of KPIs in memory, for tests. */
export function createMemoryKpiRecords(): KpiRecords {
  const all = new Map<string, StoredKpi[]>();
  let end = 0;

  return {
    read: async (kpi, after) => (all.get(kpi) ?? []).filter(({ position }) => position > after),
    append: async (kpi, body, after) => {
      const records = all.get(kpi) ?? [];
      if ((records.at(-1)?.position ?? 0) !== after) return undefined;
      end += 1;
      all.set(kpi, [...records, { position: end, body }]);

      return end;
    },
  };
}
