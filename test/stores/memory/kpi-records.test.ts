// Events of KPIs in memory, for tests.
import { createMemoryKpiRecords } from '../../../src/stores/memory/kpi-records.ts';
import { kpiRecordsContract } from '../../contract/kpi-records-contract.ts';

kpiRecordsContract(async () => {
  const kpis = createMemoryKpiRecords();

  return { kpis, other: kpis, close: async () => undefined };
});
