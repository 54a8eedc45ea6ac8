import { canonicalJson } from '../../events/canonical-json.ts';
import {
  type KpiContribution,
  type KpiEvent,
  type KpiMeasure,
  type KpiPeriodClosed,
  KpiRecord,
  type KpiRule,
  type KpiValue,
} from '../../events/kpi-events.ts';
import { isSigned, signed } from '../run/record/record-text.ts';

/** A KPI as its events make it. It follows from them alone: neither a clock nor a file is asked. */
export type KpiFold = {
  /** Undefined before the first event. */
  rule(): KpiRule | undefined;
  /** Up to which position of the journal the ends of runs are counted. */
  upTo(): number;
  sequence(): number;
  hash(): string;
  /** When the first event of this rule was written; undefined before that. */
  begunAt(): string | undefined;
  /** The values of all periods that runs count for, the oldest first. */
  values(): readonly KpiValue[];
  valueIn(period: string): KpiValue;
  /** What each run counts for now, in the order in which that became known. */
  runs(): Iterable<KpiContribution>;
  counts(run: string): boolean;
  /** The periods that are over, the oldest first. */
  closed(): readonly KpiPeriodClosed[];
  /** What these runs would change: the values of the periods that they were or are in. */
  valuesWith(runs: readonly KpiContribution[]): readonly KpiValue[];
  /** Throws KpiDamaged where the record does not follow the last one. */
  take(record: KpiRecord): void;
};

/** The events of a KPI are not as they were written. The reaction: leave it alone, a person has to mend it. */
export class KpiDamaged extends Error {
  override readonly name = 'KpiDamaged';
  readonly code = 'kpi.damaged';

  constructor(kpi: string, sequence: number, reason: string) {
    super(`event ${sequence} of the KPI ${kpi} ${reason}; nothing is measured for it until that is mended`);
  }
}

export function createKpiFold(kpi: string): KpiFold {
  let rule: KpiRule | undefined;
  let ruleText = '';
  let [upTo, sequence, hash] = [0, 0, ''];
  let begunAt: string | undefined;
  let byRun = new Map<string, KpiContribution>();
  let byPeriod = new Map<string, Map<string, number>>();
  let closed: KpiPeriodClosed[] = [];

  function count(each: KpiContribution): void {
    const before = byRun.get(each.run);
    if (before !== undefined) byPeriod.get(before.period)?.delete(each.run);
    byRun.delete(each.run);
    if (each.value === undefined && each.problem === undefined) return;
    byRun.set(each.run, each);
    if (each.value === undefined) return;
    const period = byPeriod.get(each.period) ?? new Map<string, number>();
    byPeriod.set(each.period, period);
    period.set(each.run, each.value);
  }

  function begin(next: KpiRule, at: string): void {
    const text = canonicalJson(next);
    if (text === ruleText) return;
    [rule, ruleText, begunAt] = [next, text, at];
    [byRun, byPeriod, closed, upTo] = [new Map(), new Map(), [], 0];
  }

  const valueIn = (period: string): KpiValue => {
    const values = [...(byPeriod.get(period)?.values() ?? [])];
    return { period, value: rule === undefined ? null : measured(rule.measure, values), runs: values.length };
  };

  function close({ sequence: at, data }: Extract<KpiRecord, { type: 'kpi.period-closed' }>): void {
    const { value, runs } = valueIn(data.period);
    if (!isSame(data.value, value) || data.runs !== runs) {
      const said = `closes ${data.period} with ${data.value} of ${data.runs} runs`;
      throw new KpiDamaged(kpi, at, `${said}, where those before it have ${value} of ${runs}`);
    }
    closed.push(data);
  }

  return {
    rule: () => rule,
    upTo: () => upTo,
    sequence: () => sequence,
    hash: () => hash,
    begunAt: () => begunAt,
    values: () => [...byPeriod.keys()].sort().map(valueIn),
    valueIn,
    runs: () => byRun.values(),
    counts: (run) => byRun.has(run),
    closed: () => closed,
    valuesWith: (runs) => {
      const periods = new Set(
        runs.flatMap((each) => [each.period, byRun.get(each.run)?.period ?? each.period]),
      );
      const undo = runs.map(({ run, sequence: at, definition, at: ended, period }) => {
        return byRun.get(run) ?? { run, sequence: at, definition, at: ended, period };
      });
      for (const each of runs) count(each);
      const values = [...periods].sort().map(valueIn);
      for (const each of undo.reverse()) count(each);
      return values;
    },
    take: (record) => {
      if (record.sequence !== sequence + 1 || record.previoushash !== hash)
        throw new KpiDamaged(kpi, record.sequence, `does not follow event ${sequence}`);
      if (record.type === 'kpi.measured') {
        begin(record.data.rule, record.time);
        if (record.data.after !== upTo)
          throw new KpiDamaged(
            kpi,
            record.sequence,
            `goes on from position ${record.data.after}, not ${upTo}`,
          );
        for (const each of record.data.runs) count(each);
        upTo = record.data.upTo;
      } else close(record);
      [sequence, hash] = [record.sequence, record.hash];
    },
  };
}

/** Sums of the same values in another order differ in their last digits. */
function isSame(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return one === other;

  return Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other));
}

/** An event made into the next record of a KPI: the same event always gives the same bytes. */
export function kpiRecord(
  kpi: string,
  fold: Pick<KpiFold, 'sequence' | 'hash'>,
  { event, time }: { readonly event: KpiEvent; readonly time: string },
): { readonly body: string; readonly record: KpiRecord } {
  const sequence = fold.sequence() + 1;
  const unsigned = canonicalJson({
    specversion: '1.0',
    id: `kpi/${kpi}/${sequence}`,
    source: '/3ox/enterprise',
    subject: kpi,
    time,
    datacontenttype: 'application/json',
    sequence,
    previoushash: fold.hash(),
    ...event,
  });
  const { body } = signed(unsigned);

  // What is written here need not be held against the schema: there may be a thousand runs in it.
  return { body, record: JSON.parse(body) as KpiRecord };
}

/** Reads a record of a KPI. Throws KpiDamaged for what is none, or was changed. */
export function readKpiRecord(kpi: string, body: string, sequence: number): KpiRecord {
  const read = KpiRecord.safeParse(jsonOf(body));
  if (!read.success) throw new KpiDamaged(kpi, sequence, 'is no event of a KPI');
  if (!isSigned(body, read.data.hash))
    throw new KpiDamaged(kpi, sequence, 'was changed: its hash does not fit');

  return read.data;
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const percentiles: Readonly<Partial<Record<KpiMeasure, number>>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
};

/** Null where no run gives a value: nothing is counted and summed up to 0, but nothing has no mean. */
function measured(measure: KpiMeasure, values: readonly number[]): number | null {
  const sum = () => values.reduce((total, value) => total + value, 0);
  if (measure === 'count' || measure === 'sum') return sum();
  if (values.length === 0) return null;
  if (measure === 'average' || measure === 'success_rate') return sum() / values.length;
  // Sorted, as there may be more values than a function takes arguments.
  const sorted = [...values].sort((a, b) => a - b);
  const rank = measure === 'min' ? 0 : measure === 'max' ? 1 : (percentiles[measure] ?? 0);

  return sorted[Math.max(0, Math.ceil(sorted.length * rank) - 1)] ?? null;
}
