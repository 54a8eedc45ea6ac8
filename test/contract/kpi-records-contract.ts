import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KpiRecords } from '../../src/ports/runs/kpi-records.ts';

export type OpenKpiRecords = {
  readonly kpis: KpiRecords;
  /** The same records as another process sees them. */
  readonly other: KpiRecords;
  readonly close: () => Promise<void>;
};

/** What every implementation of the records of KPIs promises. */
export function kpiRecordsContract(open: () => Promise<OpenKpiRecords>): void {
  let opened: OpenKpiRecords;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  test('what was appended is read by everybody, in order, from any position on', async () => {
    const { kpis, other } = opened;
    expect(await kpis.read('revenue', 0)).toEqual([]);
    let after = 0;
    for (const body of ['one ä▛', 'two', 'three']) after = (await kpis.append('revenue', body, after)) ?? 0;
    await other.append('leads', 'beside', 0);

    const records = await other.read('revenue', 0);
    expect(records.map(({ body }) => body)).toEqual(['one ä▛', 'two', 'three']);
    expect(records.at(-1)?.position).toBe(after);
    expect(await other.read('revenue', records[0]?.position ?? 0)).toEqual(records.slice(1));
    expect(await other.read('revenue', after)).toEqual([]);
  });

  test('of two that append behind the same record one is first, and the other writes nothing', async () => {
    const { kpis, other } = opened;
    const first = (await kpis.append('revenue', 'first', 0)) ?? 0;
    const settled = await Promise.all([
      kpis.append('revenue', 'a', first),
      other.append('revenue', 'b', first),
    ]);
    expect(settled.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await kpis.append('revenue', 'late', 0)).toBeUndefined();
    expect(await kpis.read('revenue', 0)).toHaveLength(2);
  });
}
