import { z } from 'zod';
import type { CronTrigger } from '../definition.ts';
import { isoTime, timeMs } from '../due-time.ts';
import { nextTicks, ticksAfter } from './cron-ticks.ts';
import { triggeredRun } from './triggered-run.ts';

/** Why a run of a schedule is started: its time came, was missed, waited for the run before, or a person asked. */
const Why = z.enum(['due', 'catch-up', 'buffer', 'backfill', 'now']);

/** How far a schedule has come. Times are ISO 8601 in UTC; a tick is a time at which it is due. */
export const ScheduleState = z.object({
  /** What `decidedUntil` was counted by: a schedule that was changed begins anew. */
  cron: z.string(),
  timezone: z.string(),
  /** Of every tick up to this one it is decided what becomes of it. */
  decidedUntil: z.string(),
  /** What is still to be started, the oldest first: it waits for a run before to end, or a person asked for it. */
  waiting: z.array(z.object({ tick: z.string(), why: Why, by: z.string().optional() })),
  /** What is being started: noted before it is, so that whoever goes on starts the same run, or finds it started. */
  firing: z.object({ tick: z.string(), run: z.string(), why: Why, by: z.string().optional() }).optional(),
  /** What was started last, or why it could not be. */
  last: z
    .object({
      tick: z.string(),
      run: z.string(),
      why: Why,
      refused: z.object({ code: z.string(), message: z.string() }).optional(),
    })
    .optional(),
  /** The run that others may have to wait for: the last that was started, but by a person who wanted it at once. */
  runBefore: z.string().optional(),
  /** `missed`: longer ago than is made up for; `skipped`: the run before still went on; `paused`: nobody wanted it. */
  counts: z.object({
    fired: z.int(),
    refused: z.int(),
    skipped: z.int(),
    missed: z.int(),
    paused: z.int(),
  }),
});

export type ScheduleState = z.output<typeof ScheduleState>;

/** A schedule of a definition. `id` is its name among the triggers of the definition. */
export type Schedule = {
  readonly trigger: CronTrigger;
  readonly definition: string;
  readonly id: string;
};

/** What matters now. `isLive`: the run that the state names as `runBefore` has not ended. */
export type ScheduleMoment = {
  readonly nowMs: number;
  readonly isLive: boolean;
  readonly isPaused: boolean;
};

/** A schedule that is about to start a run. */
export type FiringState = ScheduleState & { readonly firing: NonNullable<ScheduleState['firing']> };

/**
 * What to do for a schedule. `write`: keep the state, then ask again. `fire`: keep the state, start the run that it
 * names as `firing`, keep what `fired` makes of it, ask again. `wait`: nothing is due before `untilMs`, or at all.
 */
export type SchedulePlan =
  | { readonly kind: 'write'; readonly state: ScheduleState }
  | { readonly kind: 'fire'; readonly state: FiringState }
  | { readonly kind: 'wait'; readonly untilMs?: number };

/** What became of the start of a run. */
export type FiredOutcome =
  | { readonly kind: 'started' | 'already' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

type Waiting = ScheduleState['waiting'][number];

/** More starts than this do not wait: whoever asks for more has other trouble. */
export const waitingMax = 1_000;

/** A time that is told so much later had been missed. */
const lateMs = 60_000;

/** So many times are decided at once: after a long time away the first of them are kept before the last are counted. */
const decidedAtOnceMax = 200;

/** What to do next for a schedule that has come as far as `state` says: undefined for one never looked at before. */
export function planSchedule(
  schedule: Schedule,
  state: ScheduleState | undefined,
  moment: ScheduleMoment,
): SchedulePlan {
  if (state === undefined) return { kind: 'write', state: newSchedule(schedule.trigger, moment.nowMs) };
  if (isFiring(state)) return { kind: 'fire', state };
  const { cron, timezone } = schedule.trigger;
  if (state.cron !== cron || state.timezone !== timezone) {
    return { kind: 'write', state: { ...state, cron, timezone, decidedUntil: isoTime(moment.nowMs) } };
  }
  const asked =
    state.waiting.find(({ why }) => why === 'now') ?? overlapping(schedule.trigger, state, moment);
  if (asked !== undefined) return fire(schedule, state, asked);
  const { state: decided, hasMore } = decideDue(schedule.trigger, state, moment);
  const first = hasMore || !mayStart(schedule.trigger, moment) ? undefined : nextWaiting(decided);
  if (first !== undefined) return fire(schedule, decided, first);
  if (decided !== state) return { kind: 'write', state: decided };
  const [next] = nextTicks(schedule.trigger, timeMs(state.decidedUntil), 1);

  return next === undefined ? { kind: 'wait' } : { kind: 'wait', untilMs: timeMs(next) };
}

/** The state of a schedule that nobody has looked at before: it begins now. */
export function newSchedule({ cron, timezone }: CronTrigger, nowMs: number): ScheduleState {
  const counts = { fired: 0, refused: 0, skipped: 0, missed: 0, paused: 0 };

  return { cron, timezone, decidedUntil: isoTime(nowMs), waiting: [], counts };
}

/** The state once the run that was about to be started has been, or could not be. */
export function scheduleAfterStart({ firing, ...state }: FiringState, outcome: FiredOutcome): ScheduleState {
  const { tick, run, why } = firing;
  const { counts } = state;
  if (outcome.kind === 'refused') {
    const { code, message } = outcome;
    return {
      ...state,
      last: { tick, run, why, refused: { code, message } },
      counts: { ...counts, refused: counts.refused + 1 },
    };
  }

  const before = why === 'now' ? {} : { runBefore: run };

  return { ...state, ...before, last: { tick, run, why }, counts: { ...counts, fired: counts.fired + 1 } };
}

/** The state in which the runs of these times are still to be started, because a person asked for them. */
export function withBackfill(state: ScheduleState, ticks: readonly string[], by: string): ScheduleState {
  const known = new Set(state.waiting.filter(({ why }) => why !== 'now').map(({ tick }) => tick));
  const added = ticks.filter((tick) => !known.has(tick));

  return waitingFor(
    state,
    added.map((tick) => ({ tick, why: 'backfill', by })),
  );
}

/** The state in which a run is still to be started at once, because a person asked for it. */
export function withNow(state: ScheduleState, tick: string, by: string): ScheduleState {
  return waitingFor(state, [{ tick, why: 'now', by }]);
}

/**
 * The state with more that waits. What there is no room for is counted as skipped; what people asked for takes no room
 * from what comes by itself.
 */
function waitingFor(state: ScheduleState, more: readonly Waiting[]): ScheduleState {
  const { waiting, counts } = state;
  const alike = waiting.filter((each) => more.some((one) => isAskedByPerson(one) === isAskedByPerson(each)));
  const taken = more.slice(0, Math.max(0, waitingMax - alike.length));
  const skipped = counts.skipped + more.length - taken.length;

  return { ...state, waiting: [...waiting, ...taken], counts: { ...counts, skipped } };
}

/** Decides what becomes of the times that have come: each starts a run, waits, or is counted as one that does not. */
function decideDue(
  trigger: CronTrigger,
  state: ScheduleState,
  moment: ScheduleMoment,
): { readonly state: ScheduleState; readonly hasMore: boolean } {
  const { nowMs, isPaused } = moment;
  const due = ticksAfter(trigger, timeMs(state.decidedUntil), {
    untilMs: nowMs,
    most: decidedAtOnceMax,
  });
  const last = due.at(-1);
  if (last === undefined) return { state, hasMore: false };
  const wanted = isPaused ? [] : due.filter((tick) => timeMs(tick) >= nowMs - trigger.catchupMs);
  const isFree = !moment.isLive && state.waiting.every(isAskedByPerson);
  const taken = trigger.overlap === 'skip' ? wanted.slice(0, isFree ? 1 : 0) : wanted;
  const { counts } = state;
  const counted = {
    ...counts,
    paused: counts.paused + (isPaused ? due.length : 0),
    missed: counts.missed + (isPaused ? 0 : due.length - wanted.length),
    skipped: counts.skipped + wanted.length - taken.length,
  };
  const waiting = taken.map((tick, index): Waiting => {
    if (nowMs - timeMs(tick) > lateMs) return { tick, why: 'catch-up' };
    const waits = trigger.overlap === 'buffer' && !(isFree && index === 0);

    return { tick, why: waits ? 'buffer' : 'due' };
  });

  return {
    state: waitingFor({ ...state, decidedUntil: last, counts: counted }, waiting),
    hasMore: due.length === decidedAtOnceMax,
  };
}

/** What can start without regard to others. It goes before more is decided, so that it never wants for room. */
function overlapping(
  { overlap }: CronTrigger,
  { waiting }: ScheduleState,
  { isPaused }: ScheduleMoment,
): Waiting | undefined {
  return overlap === 'allow' && !isPaused ? waiting.find((each) => !isAskedByPerson(each)) : undefined;
}

function mayStart({ overlap }: CronTrigger, { isLive, isPaused }: ScheduleMoment): boolean {
  return !isPaused && (overlap === 'allow' || !isLive);
}

/** What comes by itself goes before what was asked for of former times. */
function nextWaiting({ waiting }: ScheduleState): Waiting | undefined {
  return waiting.find((each) => !isAskedByPerson(each)) ?? waiting[0];
}

/** Whether a person asked for it. */
export function isAskedByPerson({ why }: Waiting): boolean {
  return why === 'backfill' || why === 'now';
}

function fire({ definition, id }: Schedule, state: ScheduleState, entry: Waiting): SchedulePlan {
  const run = triggeredRun(definition, id, entry.tick);
  const waiting = state.waiting.filter((each) => each !== entry);

  return { kind: 'fire', state: { ...state, waiting, firing: { ...entry, run } } };
}

function isFiring(state: ScheduleState): state is FiringState {
  return state.firing !== undefined;
}
