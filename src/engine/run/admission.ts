import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Command, Refusal } from '../../../machines/run/decide/command.ts';
import { concurrencyKey } from '../../../machines/run/initial-variables.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Stored } from '../../ports/runs/journal.ts';
import type { Slots } from '../../ports/work/slots.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import type { Outcome } from './mailbox.ts';

export type AdmissionDeps = {
  readonly slots: Slots;
  readonly reader: Pick<RunReader, 'last'>;
  readonly clock: Clock;
};

/** Asks for a place among the runs that may be under way at once; undefined while there is none. */
export async function admitByLimit(deps: AdmissionDeps, run: Run, key: string): Promise<Command | undefined> {
  const { limit = 1 } = run.chart.definition.concurrency ?? {};
  const answer = await deps.slots.acquire(key, run.state.run, limit);
  if (answer.held) return { kind: 'admitRun', key };
  await evictEnded(deps, key);

  return undefined;
}

/** Starts a run. Where the runs of its definition do not queue, its place is taken before anything is recorded. */
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
  // A run that never was keeps no place from others.
  if (!outcome.ok && outcome.refusal.code !== 'run.exists') await deps.slots.release(key.value, run);

  return outcome;
}

async function refusedByLimit(
  deps: AdmissionDeps,
  { run, key, limit }: { readonly run: string; readonly key: string; readonly limit: number },
): Promise<Refusal | undefined> {
  let answer = await deps.slots.acquire(key, run, limit);
  if (!answer.held && (await evictEnded(deps, key))) answer = await deps.slots.acquire(key, run, limit);
  if (answer.held) return undefined;
  await deps.slots.release(key, run);

  return {
    code: 'run.limit',
    message: `${limit} runs of ${key} are under way, as many as its concurrency allows; try again when one has ended`,
  };
}

/** Gives up the place of a run that has ended. */
export async function leave({ slots }: AdmissionDeps, { state }: Run): Promise<void> {
  if (state.concurrencyKey !== undefined) await slots.release(state.concurrencyKey, state.run);
}

/** An engine may have died before it gave up the place of a run that ended. */
async function evictEnded({ slots, reader, clock }: AdmissionDeps, key: string): Promise<boolean> {
  let evicted = false;
  for (const holder of await slots.holders(key)) {
    const last = await reader.last(holder);
    const isOver = last === undefined ? isLost(holder, clock.now()) : hasEnded(last);
    if (!isOver) continue;
    await slots.release(key, holder);
    evicted = true;
  }

  return evicted;
}

function hasEnded(last: Stored): boolean {
  return last.kind === 'record' && isFinal(last.record.data.head.status);
}

/** How long a run that took a place may take until its start is recorded. */
const startMsMax = 60_000;

/** Whoever took the place died before the run was started. The id of a run begins with the time it was made. */
function isLost(run: string, nowMs: number): boolean {
  return nowMs - (madeAtMs(run) ?? nowMs) > startMsMax;
}

/** What the first ten characters of an id are made of (ULID). */
const digits = '0123456789abcdefghjkmnpqrstvwxyz';

function madeAtMs(run: string): number | undefined {
  const values = [...run.slice(0, 10)].map((digit) => digits.indexOf(digit));
  if (run.length !== 26 || values.includes(-1)) return undefined;

  return values.reduce((ms, value) => ms * digits.length + value, 0);
}
