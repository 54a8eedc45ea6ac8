import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Command, Refusal } from '../../../machines/run/decide/command.ts';
import { concurrencyKey } from '../../../machines/run/initial-variables.ts';
import type { Run } from '../../../machines/run/run.ts';
import { oncePerKey } from '../../lib/once.ts';
import { engineActor } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import { RunQuarantined, type Stored } from '../../ports/runs/journal.ts';
import type { Slots } from '../../ports/work/slots.ts';
import { DefinitionMissing } from '../run-reader/charts.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import type { OtherRuns } from './failure-runs.ts';
import type { Outcome } from './mailbox.ts';

export type AdmissionDeps = {
  readonly slots: Slots;
  readonly reader: Pick<RunReader, 'last' | 'runs' | 'fold' | 'charts'>;
  readonly clock: Clock;
};

type LimitDeps = AdmissionDeps & { readonly otherRuns: Pick<OtherRuns, 'command'> };

/** Takes a slot of the limit, or does what the definition says where there is none. Undefined: ask again. */
export async function admitByLimit(deps: LimitDeps, run: Run, key: string): Promise<Command | undefined> {
  await completeLines(deps);
  const limit = limitOf(run);
  const answer = await deps.slots.acquire(key, run.state.run, limit);
  if (answer.held) return { kind: 'admitRun', key };
  // Somebody has left by now: it is asked again.
  if (await evictEnded(deps, key)) return undefined;
  switch (run.chart.definition.concurrency?.onLimit) {
    case 'cancel_newest':
      return { kind: 'crowdOut', key, limit };
    case 'cancel_oldest':
      await cancelOldest(deps, run, key);
      return undefined;
    default:
      return undefined;
  }
}

/** Asks those to end whose place the run is to have. Asking again changes nothing: they are on their way out. */
async function cancelOldest({ slots, otherRuns }: LimitDeps, { state }: Run, key: string): Promise<void> {
  const reason = `concurrency key ${key}: the run ${state.run} takes its place`;
  for (const oldest of await slots.inTheWay(key, state.run))
    await otherRuns.command(oldest, { kind: 'cancelRun', reason }, engineActor);
}

/** Starts a run. Unless runs of its definition queue, its slot is taken before anything is recorded. */
export async function withinLimit(
  deps: AdmissionDeps,
  chart: Chart,
  { run, input }: { readonly run: string; readonly input: Readonly<Record<string, Json>> },
  begin: () => Promise<Outcome>,
): Promise<Outcome> {
  const { concurrency } = chart.definition;
  const key = concurrency?.onLimit === 'refuse' ? concurrencyKey(chart, run, input) : undefined;
  if (concurrency === undefined || key?.ok !== true || key.value === undefined) return begin();
  const refusal = await refusedByLimit(deps, { run, key: key.value, limit: concurrency.limit });
  if (refusal !== undefined) return { ok: false, refusal };
  const outcome = await begin();
  // A run that was never recorded must not hold a slot.
  if (!outcome.ok && outcome.refusal.code !== 'run.exists') await deps.slots.release(key.value, run);

  return outcome;
}

async function refusedByLimit(
  deps: AdmissionDeps,
  { run, key, limit }: { readonly run: string; readonly key: string; readonly limit: number },
): Promise<Refusal | undefined> {
  await completeLines(deps);
  let answer = await deps.slots.acquire(key, run, limit);
  if (!answer.held && (await evictEnded(deps, key))) answer = await deps.slots.acquire(key, run, limit);
  if (answer.held) return undefined;
  await deps.slots.release(key, run);

  return {
    code: 'run.limit',
    message: `${limit} runs of ${key} are under way, as many as its concurrency allows; try again when one has ended`,
  };
}

function limitOf({ chart }: Run): number {
  return chart.definition.concurrency?.limit ?? 1;
}

/**
 * The lines say nothing that the journal does not: where they are lost, the runs that were admitted are put at their
 * front again, and then those that wait, in the order of their start.
 */
const completeLines = oncePerKey(async ({ slots, reader }: AdmissionDeps): Promise<void> => {
  if (await slots.isComplete()) return;
  const placed = (await placedRuns(reader)).sort((a, b) => a.state.run.localeCompare(b.state.run));
  const isWaiting = ({ state }: Run) => state.phase === 'queued';
  for (const run of [...placed.filter((each) => !isWaiting(each)), ...placed.filter(isWaiting)]) {
    const { concurrencyKey: key, run: id } = run.state;
    if (key !== undefined) await slots.acquire(key, id, limitOf(run));
  }
  await slots.markComplete();
});

/** The runs under way that have a place or wait for one. One that is quarantined is left out: nothing of it goes on. */
async function placedRuns(reader: AdmissionDeps['reader']): Promise<Run[]> {
  const placed: Run[] = [];
  for (const { run, head } of await reader.runs.unfinishedRuns()) {
    try {
      const { definition } = await reader.charts.byHash(head.definition.hash);
      if (definition.concurrency !== undefined) placed.push((await reader.fold(run)).run);
    } catch (error) {
      if (!(error instanceof RunQuarantined || error instanceof DefinitionMissing)) throw error;
    }
  }

  return placed;
}

/** Releases the slot of a run that has ended. */
export async function leave({ slots }: AdmissionDeps, { state }: Run): Promise<void> {
  if (state.concurrencyKey !== undefined) await slots.release(state.concurrencyKey, state.run);
}

/** Releases slots of ended runs whose engine died before it did so. */
async function evictEnded({ slots, reader, clock }: AdmissionDeps, key: string): Promise<boolean> {
  let evicted = false;
  for (const holder of await slots.holders(key)) {
    const last = await reader.last(holder);
    const isOver = last === undefined ? isLost(sightsOf(slots), holder, clock.steady()) : hasEnded(last);
    if (!isOver) continue;
    await slots.release(key, holder);
    evicted = true;
  }

  return evicted;
}

function hasEnded(last: Stored): boolean {
  return last.kind === 'record' && isFinal(last.record.data.head.status);
}

/** How long after taking its slot a run may be recorded. */
const startMsMax = 60_000;

/** Since when a run that holds a slot has been seen without a record, by the steady clock. */
type Sights = Map<string, number>;
const sightsOfSlots = new WeakMap<Slots, Sights>();
/** Most are recorded a moment later, and asked about no more: the oldest are forgotten. */
const sightsMax = 1_000;

function sightsOf(slots: Slots): Sights {
  const sights = sightsOfSlots.get(slots) ?? new Map<string, number>();
  sightsOfSlots.set(slots, sights);

  return sights;
}

/**
 * Whether the run's engine died between taking the slot and recording the run. The time in its id says nothing of that:
 * the clock may have been set since.
 */
function isLost(sights: Sights, run: string, nowMs: number): boolean {
  const sinceMs = sights.get(run) ?? nowMs;
  sights.set(run, sinceMs);
  const [oldest] = sights.keys();
  if (sights.size > sightsMax && oldest !== undefined) sights.delete(oldest);

  return nowMs - sinceMs > startMsMax;
}
