import { nextTicks } from '../../../machines/triggers/cron-ticks.ts';
import type { Authority } from '../../ports/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventOutcomes } from '../../ports/event-outcomes.ts';
import { type EventPublisher, EventsUnavailable } from '../../ports/event-publisher.ts';
import type { Journal } from '../../ports/journal.ts';
import type { Holder, Leases } from '../../ports/leases.ts';
import type { KeptMark, TriggerMarks } from '../../ports/trigger-marks.ts';
import type { TriggersDesk, TriggerView } from '../../ports/triggers-desk.ts';
import { within } from '../../ports/within.ts';
import { triggersLease } from '../lease-keys.ts';
import { keyedSchedules } from './known-schedules.ts';
import type { KnownTrigger, KnownTriggers } from './known-triggers.ts';
import { pausedKey, pauseIn } from './paused-triggers.ts';
import { createPauses } from './pauses.ts';
import { scheduleIn, scheduleMarks } from './schedule-marks.ts';
import { createScheduleOrders } from './schedule-orders.ts';

export type TriggersDeskDeps = {
  readonly known: Pick<KnownTriggers, 'all' | 'settled' | 'close'>;
  readonly marks: TriggerMarks;
  readonly outcomes: EventOutcomes;
  readonly events: EventPublisher;
  /** Whether a time has had its run. */
  readonly journal: Pick<Journal, 'last'>;
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
  const { marks, outcomes, events, authority } = deps;
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
      const pauses = await marks.all('paused');
      return all.map((each) => viewOf(each, pauses));
    },
    schedules: async (next) => {
      const all = keyedSchedules(await known());
      const [pauses, states] = await Promise.all([marks.all('paused'), marks.all(scheduleMarks)]);
      return [...all].map(([key, each]) => {
        const { trigger } = each.compiled;
        const state = scheduleIn(states.get(key)?.value);
        const view = { ...viewOf(each, pauses), trigger, next: nextTicks(trigger, deps.clock.now(), next) };

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

function viewOf({ ref, compiled }: KnownTrigger, pauses: ReadonlyMap<string, KeptMark>): TriggerView {
  const { id, trigger } = compiled;
  const paused = pauseIn(pauses.get(pausedKey(ref.id, id))?.value);
  const view = { definition: ref, id, trigger };

  return paused === undefined ? view : { ...view, paused };
}
