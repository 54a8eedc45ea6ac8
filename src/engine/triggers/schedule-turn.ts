import { isFinal } from '../../../machines/compile/task-status.ts';
import { firedByTick } from '../../../machines/triggers/fired-event.ts';
import { inputFor } from '../../../machines/triggers/input-for.ts';
import {
  type FiredOutcome,
  type FiringState,
  fired,
  planSchedule,
} from '../../../machines/triggers/plan-schedule.ts';
import type { ScheduleState } from '../../../machines/triggers/schedule-state.ts';
import { engineActor } from '../../ports/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Journal } from '../../ports/journal.ts';
import type { TriggerMarks } from '../../ports/trigger-marks.ts';
import type { KnownSchedule } from './known-schedules.ts';
import type { PausedTriggers } from './paused-triggers.ts';
import { scheduleIn, scheduleKey, scheduleValue } from './schedule-marks.ts';
import type { StartOutcome, TriggeredStart } from './start-triggered.ts';

export type ScheduleTurnDeps = {
  readonly marks: Pick<TriggerMarks, 'read' | 'write'>;
  readonly journal: Pick<Journal, 'last'>;
  readonly paused: Pick<PausedTriggers, 'of'>;
  /** Starts the run of a trigger, once however often it is asked for. Rejects with what may pass. */
  readonly start: (start: TriggeredStart) => Promise<StartOutcome>;
  /** What is due is so by this clock. */
  readonly clock: Pick<Clock, 'now'>;
  readonly onTrouble: (error: unknown) => void;
};

/** What a schedule waits for: a time, and the end of a run where `isForRun` is set. */
export type ScheduleWait = { readonly untilMs?: number; readonly isForRun: boolean };

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

/**
 * Carries a schedule as far as it can go now, and resolves with what it waits for then; undefined when the signal was
 * aborted. What is to be started is kept first, then started, then what became of it is kept: whoever goes on after a
 * crash starts the same run, which is started once. Rejects with what may pass.
 */
export async function scheduleTurn(
  deps: ScheduleTurnDeps,
  schedule: KnownSchedule,
  signal: AbortSignal,
): Promise<ScheduleWait | undefined> {
  const { marks, paused, clock } = deps;
  const { id, trigger } = schedule.compiled;
  const definition = schedule.ref.id;
  const key = scheduleKey(definition, id);
  while (!signal.aborted) {
    const kept = await marks.read(key);
    const state = scheduleIn(kept?.value);
    const isLive = await isUnderWay(deps.journal, state);
    const isPaused = paused.of(definition, id) !== undefined;
    const plan = planSchedule({ trigger, definition, id }, state, { nowMs: clock.now(), isLive, isPaused });
    if (plan.kind === 'wait') {
      const { kind: _kind, ...until } = plan;
      return { ...until, isForRun: isLive && state !== undefined && state.waiting.length > 0 };
    }
    if (signal.aborted) return undefined;
    const isKept = state?.firing !== undefined;
    const revision = isKept
      ? kept?.revision
      : await marks.write(key, scheduleValue(plan.state), kept?.revision ?? 0);
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
  await deps.marks.write(key, scheduleValue(fired(state, outcome)), revision);
  if (outcome.kind !== 'refused') return;
  deps.onTrouble(
    new ScheduleRefused(`${schedule.ref.id}/${schedule.compiled.id}`, state.firing.tick, outcome),
  );
}

/** A run that is set aside because of its damage holds nothing up. */
async function isUnderWay(
  journal: Pick<Journal, 'last'>,
  state: ScheduleState | undefined,
): Promise<boolean> {
  if (state?.runBefore === undefined || state.firing !== undefined) return false;
  const last = await journal.last(state.runBefore);

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
