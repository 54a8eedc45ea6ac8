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
import type { Journal } from '../../ports/journal.ts';
import type { TriggerName, TriggerRefusal, TriggersDesk } from '../../ports/triggers-desk.ts';
import { changeMark } from './change-mark.ts';
import { type KnownSchedule, keyedSchedules } from './known-schedules.ts';
import { namedTrigger } from './named-trigger.ts';
import type { PausesDeps } from './pauses.ts';
import { scheduleIn, scheduleKey, scheduleValue } from './schedule-marks.ts';

type OrdersDeps = PausesDeps & { readonly journal: Pick<Journal, 'last'> };
type Asked = { readonly by: string; readonly fromMs: number; readonly toMs: number };
type Range = { readonly fromMs: number; readonly toMs: number };

/** Has schedules start runs that people ask for, for those who may. An engine that looks after triggers starts them. */
export function createScheduleOrders(
  deps: OrdersDeps,
): Pick<TriggersDesk, 'runNow' | 'backfill' | 'tryBackfill'> {
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

  async function asked(name: TriggerName, { by, ...range }: Asked) {
    const refusal = authority.refusal(by, { kind: 'control', what: `backfilling ${name.trigger}` });
    if (refusal !== undefined) return refusal;
    const found = await named(name);
    if ('code' in found) return found;
    const ticks = ticksIn(found, range, clock.now());

    return 'code' in ticks ? ticks : { found, ticks };
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
    backfill: async (name, options) => {
      const backfilled = await asked(name, options);
      if ('code' in backfilled) return backfilled;
      const { found, ticks } = backfilled;

      return order(
        found,
        (state) =>
          isFull(state, ticks.length) ?? { state: withBackfill(state, ticks, options.by), result: { ticks } },
      );
    },
    tryBackfill: async (name, options) => {
      const backfilled = await asked(name, options);
      if ('code' in backfilled) return backfilled;
      const { found, ticks } = backfilled;
      const state = scheduleIn((await marks.read(scheduleKey(found.ref.id, found.compiled.id)))?.value);
      const refusal = state === undefined ? undefined : isFull(state, ticks.length);

      return refusal ?? { ticks, there: await ticksThere(deps.journal, found, { ticks, state }) };
    },
  };
}

/** So many runs are looked for at once. */
const lookedForMax = 50;

/** The times whose run waits to be started, or is in the journal. */
async function ticksThere(
  journal: OrdersDeps['journal'],
  { ref, compiled }: KnownSchedule,
  { ticks, state }: { readonly ticks: readonly string[]; readonly state: ScheduleState | undefined },
): Promise<readonly string[]> {
  const pending = [...(state?.waiting ?? []), ...(state?.firing === undefined ? [] : [state.firing])];
  const waiting = new Set(pending.filter(({ why }) => why !== 'now').map(({ tick }) => tick));
  const isThere = async (tick: string): Promise<boolean> =>
    waiting.has(tick) || (await journal.last(triggeredRun(ref.id, compiled.id, tick))) !== undefined;
  const there: string[] = [];
  for (let first = 0; first < ticks.length; first += lookedForMax) {
    const some = ticks.slice(first, first + lookedForMax);
    const found = await Promise.all(some.map(isThere));
    there.push(...some.filter((_, index) => found[index]));
  }

  return there;
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
