import { controllingTrigger, starting } from '../../../machines/agents/actions.ts';
import { nextTicks, ticksAfter } from '../../../machines/triggers/cron-ticks.ts';
import {
  isAskedByPerson,
  newSchedule,
  type ScheduleState,
  waitingMax,
  withBackfill,
  withNow,
} from '../../../machines/triggers/plan-schedule.ts';
import { triggeredRun } from '../../../machines/triggers/triggered-run.ts';
import { within } from '../../lib/deadline.ts';
import type { Authority } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import { type EventPublisher, EventsUnavailable } from '../../ports/events/event-publisher.ts';
import type { EventOutcomes } from '../../ports/events/outcome-filter.ts';
import type {
  FloodMark,
  PauseMark,
  TriggerName,
  TriggerRefusal,
  TriggersDesk,
  TriggerView,
} from '../../ports/events/trigger-admin.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { Holder, Leases } from '../../ports/runs/leases.ts';
import { triggersLease } from '../cluster/lease-board.ts';
import type { MarkChange } from '../marks.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import { heldGroups, heldSummary } from './held-events.ts';
import {
  type KnownSchedule,
  type KnownTrigger,
  type KnownTriggers,
  keyedSchedules,
  namedTrigger,
} from './known-triggers.ts';
import { createFloodMarks, createPauseMarks, floodedKey, pausedKey } from './paused-triggers.ts';
import { createPauses, type PausesDeps } from './pauses.ts';
import { createScheduleMarks, scheduleKey, scheduleMarks } from './schedule-marks.ts';

/** So many runs are looked for at once. */
const lookedForMax = 50;

export type TriggersDeskDeps = {
  readonly known: Pick<KnownTriggers, 'all' | 'settled' | 'close'>;
  readonly marks: MarkStore;
  readonly outcomes: EventOutcomes;
  readonly events: EventPublisher;
  /** Whether a time has had its run. */
  readonly reader: Pick<RunReader, 'last' | 'isKnown'>;
  readonly leases: Pick<Leases, 'holders'>;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly isDead: (holder: Holder) => boolean;
  readonly close: () => Promise<void>;
};

/** Whoever asks waits so long for what is registered to be read. */
const knownMsMax = 15_000;

function unknownTriggers(): EventsUnavailable {
  const limit = `${knownMsMax / 1_000} s`;

  return new EventsUnavailable(
    `the definitions that say which triggers there are could not be read within ${limit}; run \`workflow doctor\``,
  );
}

/** Where people look after triggers: over the same marks as the engine that carries them out. */
export function createTriggersDesk(deps: TriggersDeskDeps): TriggersDesk {
  const { outcomes, events, authority } = deps;
  const pauses = createPauseMarks(deps.marks);
  const floods = createFloodMarks(deps.marks);
  const schedules = createScheduleMarks(deps.marks);
  const known = async (): Promise<readonly KnownTrigger[]> => {
    const isSettled = await within(
      deps.clock,
      knownMsMax,
      deps.known.settled().then(() => true),
    );
    if (isSettled === undefined) throw unknownTriggers();
    return deps.known.all();
  };
  const desk = { ...deps, known };

  return {
    ...createPauses(desk),
    ...createScheduleOrders(desk),
    triggers: async () => {
      const all = await known();
      const [paused, flooded, held] = await Promise.all([
        pauses.values('paused'),
        floods.values('flooded'),
        heldGroups(deps.marks),
      ]);
      return all.map((each) => {
        const waits = heldSummary(held, each, deps.clock.now());
        const view = withFlood(viewOf(each, paused), flooded);
        return waits === undefined ? view : { ...view, held: waits };
      });
    },
    schedules: async (next) => {
      const all = keyedSchedules(await known());
      const [paused, states] = await Promise.all([pauses.values('paused'), schedules.values(scheduleMarks)]);
      return [...all].map(([key, each]) => {
        const { trigger } = each.compiled;
        const state = states.get(key);
        const view = { ...viewOf(each, paused), trigger, next: nextTicks(trigger, deps.clock.now(), next) };

        return state === undefined ? view : { ...view, state };
      });
    },
    emit: async (event, { as }) => {
      const refusal = authority.refusal(as, { kind: 'emit', type: event.type });

      return refusal ?? events.publish(event, { as });
    },
    outcomes: (filter) => outcomes.list(filter),
    outcome: (position) => outcomes.of(position),
    isAttended: async () => {
      const holder = (await deps.leases.holders()).get(triggersLease);
      return holder !== undefined && !deps.isDead(holder);
    },
    close: async () => {
      deps.known.close();
      await deps.close();
    },
  };
}

function viewOf({ ref, compiled }: KnownTrigger, pauses: ReadonlyMap<string, PauseMark>): TriggerView {
  const { id, trigger } = compiled;
  const paused = pauses.get(pausedKey(ref.id, id));
  const view = { definition: ref, id, trigger };

  return paused === undefined ? view : { ...view, paused };
}

function withFlood(view: TriggerView, floods: ReadonlyMap<string, FloodMark>): TriggerView {
  const flooded = floods.get(floodedKey(`${view.definition.id}/${view.id}`));

  return flooded === undefined ? view : { ...view, flooded };
}

type OrdersDeps = PausesDeps & Pick<TriggersDeskDeps, 'reader'>;
type Asked = { readonly by: string; readonly fromMs: number; readonly toMs: number };
type Range = { readonly fromMs: number; readonly toMs: number };

/** Has schedules start runs that people ask for, for those who may. An engine that looks after triggers starts them. */
function createScheduleOrders(deps: OrdersDeps): Pick<TriggersDesk, 'runNow' | 'backfill' | 'tryBackfill'> {
  const { authority, clock } = deps;
  const marks = createScheduleMarks(deps.marks);

  async function named(name: TriggerName): Promise<KnownSchedule | TriggerRefusal> {
    return namedTrigger([...keyedSchedules(await deps.known()).values()], name, 'schedule');
  }

  async function order<Result>(
    { ref, compiled: { id, trigger } }: KnownSchedule,
    change: (
      state: ScheduleState,
    ) => { readonly state: ScheduleState; readonly result: Result } | TriggerRefusal,
  ): Promise<Result | TriggerRefusal> {
    const key = scheduleKey(ref.id, id);
    const changed = await marks.change(
      key,
      ({ value }): MarkChange<ScheduleState, Result | TriggerRefusal> => {
        const next = change(value ?? newSchedule(trigger, clock.now()));
        return 'state' in next ? { to: { value: next.state }, result: next.result } : { result: next };
      },
    );

    return changed.result;
  }

  async function asked(name: TriggerName, { by, ...range }: Asked) {
    const refusal = authority.refusal(by, controllingTrigger('backfilling', name.trigger));
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
      const { value: state } = await marks.read(scheduleKey(found.ref.id, found.compiled.id));
      const refusal = state === undefined ? undefined : isFull(state, ticks.length);

      return refusal ?? { ticks, there: await ticksThere(deps.reader, found, { ticks, state }) };
    },
  };
}

/** The times whose run waits to be started, or is there, or was. */
async function ticksThere(
  reader: OrdersDeps['reader'],
  { ref, compiled }: KnownSchedule,
  { ticks, state }: { readonly ticks: readonly string[]; readonly state: ScheduleState | undefined },
): Promise<readonly string[]> {
  const pending = [...(state?.waiting ?? []), ...(state?.firing === undefined ? [] : [state.firing])];
  const waiting = new Set(pending.filter(({ why }) => why !== 'now').map(({ tick }) => tick));
  const isThere = async (tick: string): Promise<boolean> => {
    const run = triggeredRun(ref.id, compiled.id, tick);
    return waiting.has(tick) || (await reader.last(run)) !== undefined || reader.isKnown(run);
  };
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
  const asked = waiting.filter(isAskedByPerson).length;
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
