import { starting } from '../../../machines/agents/deeds.ts';
import { ticksAfter } from '../../../machines/triggers/cron-ticks.ts';
import {
  isAsked,
  newSchedule,
  waitingMax,
  withBackfill,
  withNow,
} from '../../../machines/triggers/plan-schedule.ts';
import type { ScheduleState } from '../../../machines/triggers/schedule-state.ts';
import { triggeredRun } from '../../../machines/triggers/triggered-run.ts';
import type { TriggerName, TriggerRefusal, TriggersDesk } from '../../ports/triggers-desk.ts';
import { changeMark } from './change-mark.ts';
import { type KnownSchedule, keyedSchedules } from './known-schedules.ts';
import { namedTrigger } from './named-trigger.ts';
import type { PausesDeps } from './pauses.ts';
import { scheduleIn, scheduleKey, scheduleValue } from './schedule-marks.ts';

type Range = { readonly fromMs: number; readonly toMs: number };

/** Has schedules start runs that people ask for, for those who may. An engine that looks after triggers starts them. */
export function createScheduleOrders(deps: PausesDeps): Pick<TriggersDesk, 'runNow' | 'backfill'> {
  const { marks, authority, clock } = deps;

  async function named(name: TriggerName): Promise<KnownSchedule | TriggerRefusal> {
    return namedTrigger([...keyedSchedules(await deps.known()).values()], name, 'schedule');
  }

  function order<Result>(
    { ref, compiled: { id, trigger } }: KnownSchedule,
    change: (
      state: ScheduleState,
    ) => { readonly state: ScheduleState; readonly result: Result } | TriggerRefusal,
  ): Promise<Result | TriggerRefusal> {
    return changeMark(marks, scheduleKey(ref.id, id), (value) => {
      const changed = change(scheduleIn(value) ?? newSchedule(trigger, clock.now()));
      return 'state' in changed ? { value: scheduleValue(changed.state), result: changed.result } : changed;
    });
  }

  return {
    runNow: async (name, { by }) => {
      const found = await named(name);
      if ('code' in found) return found;
      const refusal = authority.refusal(by, starting(found.definition));
      if (refusal !== undefined) return refusal;
      const { ref, compiled } = found;

      return order(found, (state) => {
        const tick = new Date(freeMs(state, clock.now())).toISOString();
        const run = triggeredRun(ref.id, compiled.id, tick);
        return isFull(state, 1) ?? { state: withNow(state, tick, by), result: { run } };
      });
    },
    backfill: async (name, { by, ...range }) => {
      const refusal = authority.refusal(by, { kind: 'control', what: `backfilling ${name.trigger}` });
      if (refusal !== undefined) return refusal;
      const found = await named(name);
      if ('code' in found) return found;
      const ticks = ticksIn(found, range, clock.now());
      if ('code' in ticks) return ticks;

      return order(
        found,
        (state) =>
          isFull(state, ticks.length) ?? { state: withBackfill(state, ticks, by), result: { ticks } },
      );
    },
  };
}

/** Two who ask in the same millisecond want a run each. A whole second may be a time of the schedule itself. */
function freeMs({ waiting, firing, last }: ScheduleState, nowMs: number): number {
  const taken = new Set([...waiting, firing, last].map((each) => each?.tick));
  let ms = nowMs;
  while (ms % 1_000 === 0 || taken.has(new Date(ms).toISOString())) ms += 1;

  return ms;
}

function isFull({ waiting }: ScheduleState, more: number): TriggerRefusal | undefined {
  const asked = waiting.filter(isAsked).length;
  if (asked + more <= waitingMax) return undefined;
  const message = `${asked} runs that people asked for wait already, and at most ${waitingMax} do; ask for ${more} more later`;

  return { code: 'schedule.full', message };
}

/** The times in a range that have passed. */
function ticksIn(
  { compiled: { id, trigger } }: KnownSchedule,
  { fromMs, toMs }: Range,
  nowMs: number,
): readonly string[] | TriggerRefusal {
  const untilMs = Math.min(toMs, nowMs);
  const most = waitingMax + 1;
  const ticks = ticksAfter(trigger, fromMs - 1, { untilMs, most });
  const span = `from ${new Date(fromMs).toISOString()} to ${new Date(untilMs).toISOString()}`;
  if (ticks.length === 0) {
    return { code: 'schedule.no-times', message: `${id} was not due at any time ${span} (${trigger.cron})` };
  }
  if (ticks.length < most) return ticks;
  const last = ticks[waitingMax - 1];
  const message = `${id} was due more than ${waitingMax} times ${span}; the first ${waitingMax} end at ${last}`;

  return { code: 'schedule.too-many-times', message };
}
