/** A record of a KPI as it is stored. `position` is that of the journal. */
export type StoredKpi = { readonly position: number; readonly body: string };

/**
 * The events of KPIs, in the stream of the journal. One writer wins: an append whose `after` is not the position of the
 * KPI's last record is refused. Both reject with JournalUnavailable.
 */
export interface KpiRecords {
  /** The records of a KPI behind a position (0: all of them), in order, read through the leader. */
  read(kpi: string, after: number): Promise<readonly StoredKpi[]>;
  /** Resolves with the position once it is durable; with undefined where somebody else was first. */
  append(kpi: string, body: string, after: number): Promise<number | undefined>;
}
