import type { Enterprise } from '../../machines/goals/enterprise.ts';
import type { KpiFold } from '../../machines/goals/kpi-fold.ts';

/** The events of KPIs, folded. */
export interface KpiBook {
  /** The KPI as its events make it, up to now. Rejects with KpiDamaged, and as KpiRecords. */
  kpi(name: string): Promise<Omit<KpiFold, 'take'>>;
}

/** What is to be reached, and how far it is. */
export interface Goals extends KpiBook {
  /** As enterprise.yaml says now; a project without one has no goals. Rejects with SettingsInvalid. */
  enterprise(): Promise<Enterprise>;
  /** The KPIs measured anew from the runs in the journal alone, each up to a position of it. */
  recomputed(until: (kpi: string) => number): Promise<ReadonlyMap<string, Omit<KpiFold, 'take'>>>;
}
