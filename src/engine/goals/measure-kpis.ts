import { canonicalJson } from '../../../events/canonical-json.ts';
import type { KpiContribution, KpiEvent, KpiPeriodClosed } from '../../../events/kpi-events.ts';
import { isoTime } from '../../../machines/due-time.ts';
import { periodsToClose } from '../../../machines/goals/close-periods.ts';
import type { Enterprise, Kpi } from '../../../machines/goals/enterprise.ts';
import { KpiDamaged } from '../../../machines/goals/kpi-fold.ts';
import { type CompiledRule, compileRule } from '../../../machines/goals/kpi-rule.ts';
import { periodOf } from '../../../machines/goals/periods.ts';
import { pausing } from '../../lib/abort.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import { isEnd, type RunMeasuring, type StoredRecord } from './ended-runs.ts';
import { createKpiBook, type ReadFold, type WritableKpiBook } from './kpi-book.ts';

export type KpiMeasuringDeps = {
  readonly journal: Pick<Journal, 'watch' | 'end'>;
  readonly runs: RunMeasuring;
  readonly book: WritableKpiBook;
  /** As it is now; the same object as long as nothing has changed. */
  readonly enterprise: () => Enterprise;
  /** Told of the last period of a KPI that is over, now and again: whoever was to hear of it may have died. */
  readonly onClosed: (kpi: Kpi, last: KpiPeriodClosed) => Promise<void>;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
};

/** So many runs stand in one event. */
const runsMax = 1_000;
/** How far the journal was read is written down where so many positions had nothing for a KPI. */
const idlePositions = 20_000;
const lookEveryMs = 1_000;

/** Measures the KPIs of the project until the signal aborts. Rejects with what may pass: to be begun again. */
export async function measureKpis(deps: KpiMeasuringDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const enterprise = deps.enterprise();
    if (enterprise.kpis.length === 0) await pausing(deps.clock, lookEveryMs, signal);
    else await measureAs(deps, enterprise, signal);
  }
}

/** A KPI while it is measured. */
type Lane = {
  readonly kpi: Kpi;
  readonly compiled: CompiledRule;
  readonly fold: ReadFold;
  /** Up to here what the journal holds has been looked at. */
  position: number;
  pending: KpiContribution[];
  /** How far the journal went when a period was first seen to be over: what ended in it stands before that. */
  closesFrom?: number | undefined;
};

/** As long as enterprise.yaml says the same. */
async function measureAs(deps: KpiMeasuringDeps, enterprise: Enterprise, signal: AbortSignal): Promise<void> {
  const { journal, clock } = deps;
  const lanes = (await Promise.all(enterprise.kpis.map((kpi) => openLane(deps, kpi)))).flat();
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const turns = createSerialQueue();

  async function follow(): Promise<void> {
    const after = Math.min(...lanes.map(({ position }) => position));
    for await (const stored of journal.watch({ after, signal: both })) {
      if (isEnd(stored)) await turns.post(() => see(deps, lanes, stored));
      else advance(lanes, stored);
    }
  }

  async function writeDown(): Promise<void> {
    while (!both.aborted) {
      await pausing(clock, lookEveryMs, both);
      if (deps.enterprise() !== enterprise) return over.abort();
      for (const lane of lanes) await turns.post(() => flush(deps, lane));
      for (const lane of lanes) await turns.post(() => closePeriods(deps, lane));
    }
  }

  if (lanes.length === 0) return pausing(clock, lookEveryMs, signal);
  const parts = [follow(), writeDown()].map((part) =>
    part.catch((error: unknown) => {
      over.abort();
      throw error;
    }),
  );
  const failed = (await Promise.allSettled(parts)).find((part) => part.status === 'rejected');
  if (failed !== undefined && !signal.aborted) throw failed.reason;
}

/** None where the events of the KPI are damaged: the others are measured all the same. */
async function openLane(deps: KpiMeasuringDeps, kpi: Kpi): Promise<readonly Lane[]> {
  const { book, onTrouble } = deps;
  const compiled = compileRule(kpi.rule);
  try {
    const fold = await book.kpi(kpi.name);
    const known = fold.rule();
    const data = { rule: kpi.rule, after: 0, upTo: 0, runs: [], values: [] };
    if (known === undefined || canonicalJson(known) !== canonicalJson(kpi.rule))
      await write(deps, kpi, { type: 'kpi.measured', data });
    return [{ kpi, compiled, fold, position: fold.upTo(), pending: [] }];
  } catch (error) {
    if (!(error instanceof KpiDamaged)) throw error;
    onTrouble(error);
    return [];
  }
}

function advance(lanes: readonly Lane[], { position }: Pick<Stored, 'position'>): void {
  for (const lane of lanes) lane.position = Math.max(lane.position, position);
}

async function see(deps: KpiMeasuringDeps, lanes: readonly Lane[], stored: StoredRecord): Promise<void> {
  const behind = lanes.filter(({ position }) => position < stored.position);
  const found = await deps.runs.contributions(
    stored,
    behind.map(({ compiled }) => compiled),
  );
  behind.forEach((lane, index) => {
    const each = found[index] ?? gone(lane, stored);
    if (each !== undefined) lane.pending.push(each);
  });
  advance(lanes, stored);
  for (const lane of behind) if (lane.pending.length >= runsMax) await flush(deps, lane);
}

/** The run counted when it ended before, and does not any more. */
function gone({ fold, pending, kpi }: Lane, { run, record }: StoredRecord): KpiContribution | undefined {
  if (!fold.counts(run) && !pending.some((each) => each.run === run)) return undefined;
  const { definition, endedAt: at = record.time } = record.data.head;

  return {
    run,
    sequence: record.sequence,
    definition: definition.id,
    at,
    period: periodOf(kpi.rule.period, at),
  };
}

async function flush(deps: KpiMeasuringDeps, lane: Lane): Promise<void> {
  const { kpi, fold, position, pending: runs } = lane;
  const after = fold.upTo();
  if (runs.length === 0 && position - after < idlePositions) return;
  lane.pending = [];
  const data = { rule: kpi.rule, after, upTo: position, runs, values: [...fold.valuesWith(runs)] };
  await write(deps, kpi, { type: 'kpi.measured', data });
}

async function closePeriods(deps: KpiMeasuringDeps, lane: Lane): Promise<void> {
  const { kpi, fold } = lane;
  const { journal, clock } = deps;
  if (periodsToClose(kpi, fold, clock.now()).length > 0) {
    lane.closesFrom ??= await journal.end();
    if (lane.position < lane.closesFrom) return;
    lane.closesFrom = undefined;
    await flush(deps, lane);
    for (const data of periodsToClose(kpi, fold, clock.now()))
      await write(deps, kpi, { type: 'kpi.period-closed', data });
  }
  const last = fold.closed().at(-1);
  if (last !== undefined) await deps.onClosed(kpi, last);
}

/**
 * Up to where the journal was measured for certain, past its end without KPIs. Where there is nothing to write it is
 * written down seldom: it may be further by that much. One that is damaged is not measured any more.
 */
export async function measuredTo(
  book: Pick<WritableKpiBook, 'kpi'>,
  { kpis }: Pick<Enterprise, 'kpis'>,
): Promise<number> {
  const reached = await Promise.all(
    kpis.map(async ({ name }) => {
      try {
        return (await book.kpi(name)).upTo() + idlePositions;
      } catch (error) {
        if (!(error instanceof KpiDamaged)) throw error;
        return Number.POSITIVE_INFINITY;
      }
    }),
  );

  return Math.min(Number.POSITIVE_INFINITY, ...reached);
}

/** Another engine measures as well. The reaction: begin again with what it has written. */
class MeasuredElsewhere extends Error {
  override readonly name = 'MeasuredElsewhere';
  readonly code = 'kpi.measured-elsewhere';
}

async function write({ book, clock }: KpiMeasuringDeps, { name }: Kpi, event: KpiEvent): Promise<void> {
  if (await book.write(name, event, isoTime(clock.now()))) return;

  throw new MeasuredElsewhere(`another engine has measured the KPI ${name} meanwhile; it is read again`);
}

/** The KPIs measured from the runs in the journal alone, as if nothing had been measured before, up to a position. */
export async function recomputedKpis(
  deps: Pick<KpiMeasuringDeps, 'journal' | 'runs' | 'clock'>,
  enterprise: Enterprise,
  until: (kpi: string) => number,
): Promise<ReadonlyMap<string, ReadFold>> {
  let written = 0;
  const book = createKpiBook({
    read: async () => [],
    append: async () => {
      written += 1;
      return written;
    },
  });
  const nobody = {
    onClosed: async () => undefined,
    onTrouble: () => undefined,
    enterprise: () => enterprise,
  };
  const own = { ...deps, ...nobody, book };
  const lanes = (await Promise.all(enterprise.kpis.map((kpi) => openLane(own, kpi)))).flat();
  const over = new AbortController();
  const options = { after: 0, signal: over.signal, onCaughtUp: () => over.abort() };
  for await (const stored of deps.journal.watch(options)) {
    const asked = lanes.filter(({ kpi }) => stored.position <= until(kpi.name));
    if (isEnd(stored)) await see(own, asked, stored);
    else advance(asked, stored);
  }
  for (const lane of lanes) await flush(own, lane);

  return new Map(lanes.map(({ kpi, fold }) => [kpi.name, fold]));
}
