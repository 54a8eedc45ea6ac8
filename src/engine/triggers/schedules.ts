import { isFinal } from '../../../machines/chart/task-status.ts';
import { firedByTick } from '../../../machines/triggers/fired-event.ts';
import { inputFor } from '../../../machines/triggers/input-for.ts';
import {
  type FiredOutcome,
  type FiringState,
  planSchedule,
  type ScheduleState,
  scheduleAfterStart,
} from '../../../machines/triggers/plan-schedule.ts';
import { untilAborted, whenAborted } from '../../lib/abort.ts';
import { backoffMs } from '../../lib/retry.ts';
import { messageOf } from '../../lib/text.ts';
import { engineActor } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import { type Mark, type Marks, watchMarks } from '../marks.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import { createWakeSignal, type WakeSignal } from '../wake-signal.ts';
import { type KnownSchedule, type KnownTriggers, keyedSchedules } from './known-triggers.ts';
import type { PausedTriggers } from './paused-triggers.ts';
import { createScheduleMarks, scheduleKey, scheduleMarks } from './schedule-marks.ts';
import type { StartOutcome, TriggeredStart } from './start-triggered.ts';

/** A schedule could not start a run. The schedule goes on; what is refused now would be refused again. */
class ScheduleRefused extends Error {
  override readonly name = 'ScheduleRefused';
  readonly code: string;

  constructor(
    schedule: string,
    tick: string,
    { code, message }: { readonly code: string; readonly message: string },
  ) {
    super(`the schedule ${schedule} could not start its run of ${tick}: ${message} (${code})`);
    this.code = code;
  }
}

export type SchedulesDeps = Omit<ScheduleTurnDeps, 'clock' | 'marks' | 'paused'> & {
  readonly known: Pick<KnownTriggers, 'all' | 'onChange' | 'settled'>;
  readonly paused: Pick<PausedTriggers, 'of' | 'onChange' | 'ready'>;
  readonly marks: MarkStore;
  readonly clock: Clock;
  /** What is due is so by this clock; `clock` unless time is to go faster. */
  readonly scheduleClock?: Clock;
};

/** What somebody asks of a schedule in another process is seen after so long at the latest. */
const marksEveryMs = 1_000;
/** A schedule looks at its clock so often at least: somebody may set that. */
const clockEveryMs = 30_000;
/** Whether the run that a schedule waits for has ended is looked at so often. */
const runEveryMs = 1_000;
const pauses = { firstMs: 1_000, mostMs: 30_000 };

/** Starts the runs of schedules. Several engines that do so at the same time do no harm. */
export function createSchedules(deps: SchedulesDeps): {
  /** Resolves when the signal has aborted and nothing is under way. */
  readonly run: (signal: AbortSignal) => Promise<void>;
} {
  const { known, paused, clock, scheduleClock = clock } = deps;
  const marks = createScheduleMarks(deps.marks);

  async function run(signal: AbortSignal): Promise<void> {
    const bells = new Map<string, WakeSignal>();
    const underWay = new Set<Promise<void>>();
    let schedules: ReadonlyMap<string, KnownSchedule> = new Map();
    const ring = (keys: Iterable<string>) => {
      for (const key of keys) bells.get(key)?.ring();
    };

    async function tendTo(key: string, bell: WakeSignal): Promise<void> {
      const current = async () => {
        // A higher version may take the place of the one that is known so far.
        await untilAborted(signal, known.settled());
        return schedules.get(key);
      };
      // One that was dropped may be back before this is over.
      do await tend({ ...deps, marks, clock: scheduleClock }, { current, bell, signal });
      while (schedules.has(key) && !signal.aborted);
      bells.delete(key);
    }

    function refresh(): void {
      schedules = keyedSchedules(known.all());
      for (const key of schedules.keys()) {
        if (bells.has(key)) continue;
        const bell = createWakeSignal(scheduleClock);
        bells.set(key, bell);
        const tending = tendTo(key, bell).finally(() => underWay.delete(tending));
        underWay.add(tending);
      }
      ring(bells.keys());
    }

    const aborted = whenAborted(signal);
    await Promise.race([paused.ready, aborted]);
    if (signal.aborted) return;
    const ends = [known.onChange(refresh), paused.onChange(() => ring(bells.keys()))];
    refresh();
    const watch = watchSchedules({ ...deps, marks }, ring);
    await aborted;
    watch.close();
    for (const end of ends) end();
    ring(bells.keys());
    await Promise.all(underWay);
  }

  return { run };
}

type Tended = {
  /** Undefined when the schedule counts no more. Rejects when the signal aborts. */
  readonly current: () => Promise<KnownSchedule | undefined>;
  readonly bell: WakeSignal;
  readonly signal: AbortSignal;
};

/** Looks after one schedule as long as it counts. What fails is told once, and tried again. */
async function tend(deps: ScheduleTurnDeps, { current, bell, signal }: Tended): Promise<void> {
  let failures = 0;
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      const schedule = await current();
      if (schedule === undefined) return;
      const wait = await scheduleTurn(deps, schedule, signal);
      failures = 0;
      told = undefined;
      if (wait !== undefined) await bell.wait(lengthMs(wait, deps.clock.now()));
    } catch (error) {
      if (signal.aborted) return;
      if (told !== messageOf(error)) deps.onTrouble(error);
      told = messageOf(error);
      await bell.wait(backoffMs(pauses, failures));
      failures += 1;
    }
  }
}

function lengthMs({ untilMs = Number.POSITIVE_INFINITY, isForRun }: ScheduleWait, nowMs: number): number {
  return Math.min(Math.max(untilMs - nowMs, 0), isForRun ? runEveryMs : clockEveryMs);
}

/** Tells which schedules have come further, or were asked for something, here or elsewhere. */
function watchSchedules(
  { marks, clock, onTrouble }: Pick<SchedulesDeps, 'clock' | 'onTrouble'> & Pick<ScheduleTurnDeps, 'marks'>,
  onChanged: (keys: readonly string[]) => void,
): { readonly close: () => void } {
  let known: ReadonlyMap<string, Mark<ScheduleState>> = new Map();

  return watchMarks({
    read: () => marks.all(scheduleMarks),
    everyMs: marksEveryMs,
    clock,
    onTrouble,
    onChange: (found) => {
      const changed = [...found].filter(([key, { revision }]) => known.get(key)?.revision !== revision);
      known = found;
      onChanged(changed.map(([key]) => key));
    },
  });
}

type ScheduleTurnDeps = {
  readonly marks: Marks<ScheduleState>;
  readonly reader: Pick<RunReader, 'last'>;
  readonly paused: Pick<PausedTriggers, 'of'>;
  /** Starts the run of a trigger, once however often it is asked for. Rejects with what may pass. */
  readonly start: (start: TriggeredStart) => Promise<StartOutcome>;
  /** What is due is so by this clock. */
  readonly clock: Pick<Clock, 'now'>;
  readonly onTrouble: (error: unknown) => void;
};

/** What a schedule waits for: a time, and the end of a run where `isForRun` is set. */
type ScheduleWait = { readonly untilMs?: number; readonly isForRun: boolean };

/**
 * Carries a schedule as far as it can go now, and resolves with what it waits for then; undefined when the signal was
 * aborted. What is to be started is kept first, then started, then what became of it is kept: whoever goes on after a
 * crash starts the same run, which is started once. Rejects with what may pass.
 */
async function scheduleTurn(
  deps: ScheduleTurnDeps,
  schedule: KnownSchedule,
  signal: AbortSignal,
): Promise<ScheduleWait | undefined> {
  const { marks, paused, clock } = deps;
  const { id, trigger } = schedule.compiled;
  const definition = schedule.ref.id;
  const key = scheduleKey(definition, id);
  while (!signal.aborted) {
    const { value: state, revision: found } = await marks.read(key);
    const isLive = await isUnderWay(deps.reader, state);
    const isPaused = paused.of(definition, id) !== undefined;
    const plan = planSchedule({ trigger, definition, id }, state, { nowMs: clock.now(), isLive, isPaused });
    if (plan.kind === 'wait') {
      const { kind: _kind, ...until } = plan;
      return { ...until, isForRun: isLive && state !== undefined && state.waiting.length > 0 };
    }
    if (signal.aborted) return undefined;
    const isKept = state?.firing !== undefined;
    const revision = isKept ? found : await marks.write(key, plan.state, found);
    // Where somebody else was first, what they have made of it counts.
    if (revision !== undefined && plan.kind === 'fire')
      await fire(deps, schedule, { ...plan, key, revision });
  }

  return undefined;
}

type Firing = { readonly state: FiringState; readonly key: string; readonly revision: number };

async function fire(
  deps: ScheduleTurnDeps,
  schedule: KnownSchedule,
  { state, key, revision }: Firing,
): Promise<void> {
  const outcome = await startOf(deps, schedule, state);
  await deps.marks.write(key, scheduleAfterStart(state, outcome), revision);
  if (outcome.kind !== 'refused') return;
  deps.onTrouble(
    new ScheduleRefused(`${schedule.ref.id}/${schedule.compiled.id}`, state.firing.tick, outcome),
  );
}

/** A run that is set aside because of its damage holds nothing up. */
async function isUnderWay(
  reader: Pick<RunReader, 'last'>,
  state: ScheduleState | undefined,
): Promise<boolean> {
  if (state?.runBefore === undefined || state.firing !== undefined) return false;
  const last = await reader.last(state.runBefore);

  return last?.kind === 'record' && !isFinal(last.record.data.head.status);
}

async function startOf(
  { start }: ScheduleTurnDeps,
  { ref, definition, compiled }: KnownSchedule,
  { firing }: FiringState,
): Promise<FiredOutcome> {
  const { id } = compiled;
  const { tick, run, by = engineActor } = firing;
  const given = inputFor(definition, compiled, firedByTick({ tick, trigger: id }));
  if (given.kind === 'refused') return given;

  return start({
    ref,
    definition,
    run,
    trigger: { kind: 'cron', id, tick },
    input: given.input,
    actor: by,
  });
}
