import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { EventEffect, EventOutcome } from '../../../events/event-outcome.ts';
import { feedsSecret } from '../../../machines/triggers/feeds-secret.ts';
import { firedByBatch } from '../../../machines/triggers/fired-event.ts';
import type { FiringEvents, HeldEvent } from '../../../machines/triggers/held-events.ts';
import { inputFor } from '../../../machines/triggers/input-for.ts';
import { matchEvent } from '../../../machines/triggers/match-event.ts';
import { triggeredRun } from '../../../machines/triggers/triggered-run.ts';
import { mapAtOnce } from '../../lib/limit.ts';
import { createTurnsPerKey } from '../../lib/serial-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventInbox, KeptEvent } from '../../ports/events/event-inbox.ts';
import type { EventOutcomes } from '../../ports/events/outcome-filter.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import { effectOf, outcomeStatusOf, shownEvent, started, toldOf } from './event-starts.ts';
import { type HeldStart, heldKey, type StillHeld } from './held-events.ts';
import type { KnownTrigger, KnownTriggers } from './known-triggers.ts';
import { readEvent } from './read-event.ts';
import type { StartDeps } from './start-triggered.ts';

export type HeldStartDeps = StartDeps & {
  readonly reader: Pick<RunReader, 'first' | 'last' | 'archived'>;
  readonly inbox: Pick<EventInbox, 'read'>;
  readonly outcomes: Pick<EventOutcomes, 'note' | 'of'>;
  readonly known: Pick<KnownTriggers, 'ofEvent'>;
  readonly clock: Clock;
};

/** So many events are read, started and noted at a time. */
const atOnceMax = 16;

/** An event that waited, as it can be read now; `unfit` says why it starts nothing. */
type Held = { readonly held: HeldEvent; readonly kept?: KeptEvent } & (
  | { readonly event: CloudEvent; readonly run: string; readonly input: Input; readonly unfit?: undefined }
  | { readonly event?: CloudEvent; readonly unfit: EventEffect }
);
type Fit = Extract<Held, { readonly unfit?: undefined }>;
type Input = Parameters<typeof started>[2]['input'];

/**
 * The runs have ids that follow from the events that were noted as being started: asked for again, they are there. So
 * is what is noted of each event.
 */
export function createHeldStart(deps: HeldStartDeps): HeldStart {
  // An event may wait for several triggers, and each adds to what is noted of it.
  const notes = createTurnsPerKey();

  return async (of, { definition, trigger, key, firing: { as, events } }) => {
    const name = { definition, trigger };
    const read = await mapAtOnce(events, atOnceMax, (held) => readHeld(deps, of, { name, held }));
    const fit = read.filter((each): each is Fit => each.unfit === undefined);
    const effects = new Map<Held, EventEffect>();
    for (const each of read) if (each.unfit !== undefined) effects.set(each, each.unfit);
    if (of !== undefined && fit.length > 0) {
      for (const [each, effect] of await startAs[as](deps, of, { key, events, fit }))
        effects.set(each, effect);
    }
    await mapAtOnce([...effects], atOnceMax, ([each, effect]) =>
      notes.take(`${each.held.position}`, () => noteOf(deps, each, effect)),
    );
  };
}

/** What an event led to stands in its outcome, once it has. */
export function createStillHeld({
  inbox,
  outcomes,
  clock,
}: Pick<HeldStartDeps, 'inbox' | 'outcomes' | 'clock'>): StillHeld {
  return async ({ definition, trigger }, events) => {
    const isOver = async ({ position }: HeldEvent): Promise<boolean> => {
      const noted = await outcomes.of(position);
      const own = noted?.effects.find(
        (each) => each.definition === definition && each.trigger === trigger && each.kind !== 'held',
      );
      if (noted?.event === undefined || own === undefined) return false;
      const kept = await inbox.read(position);
      const read = kept && readEvent(kept, new Date(clock.now()).toISOString());

      // A stream that was made again counts from the beginning.
      return (
        read?.ok === true && read.event.id === noted.event.id && read.event.source === noted.event.source
      );
    };
    const over = await mapAtOnce(events, atOnceMax, isOver);

    return events.filter((_, index) => over[index] !== true);
  };
}

async function readHeld(
  { inbox, clock, known, outcomes }: HeldStartDeps,
  of: KnownTrigger | undefined,
  {
    name,
    held,
  }: { readonly name: { readonly definition: string; readonly trigger: string }; readonly held: HeldEvent },
): Promise<Held> {
  const unfit = (effect: EventEffect) => effectOf({ ...effect, ...name });
  const kept = await inbox.read(held.position);
  const read = kept === undefined ? undefined : readEvent(kept, new Date(clock.now()).toISOString());
  if (kept === undefined || read?.ok !== true) {
    const message = 'it waited for longer than events are kept';
    return { held, unfit: unfit({ kind: 'refused', code: 'trigger.event-lost', message }) };
  }
  const { event } = read;
  if (of === undefined) {
    const message = 'the definition has no such trigger any more';
    return { held, kept, event, unfit: unfit({ kind: 'ignored', code: 'trigger.gone', message }) };
  }
  const match = matchEvent(of.definition, of.compiled, event);
  if (match.kind !== 'wanted') {
    const isSecret = known.ofEvent(event.type).some(feedsSecret);
    return { held, kept, event, unfit: unfit(toldOf(match, isSecret)) };
  }
  if (heldKey(match.key) !== held.key && !(await isNoted(outcomes, held, event))) {
    const message = 'it is not the event that waited: the stream of events was made again';
    return { held, unfit: unfit({ kind: 'refused', code: 'trigger.event-lost', message }) };
  }

  return {
    held,
    kept,
    event,
    run: triggeredRun(name.definition, name.trigger, match.key),
    input: match.input,
  };
}

/** Another version of the trigger may tell events apart by something else: then what was noted says which it is. */
async function isNoted(
  outcomes: Pick<EventOutcomes, 'of'>,
  { position }: HeldEvent,
  { id, source }: CloudEvent,
): Promise<boolean> {
  const noted = (await outcomes.of(position))?.event;

  return noted !== undefined && noted.id === id && noted.source === source;
}

/** `events`: all that were noted as being started, also those that this version of the trigger does not want. */
type Starting = {
  readonly key: string;
  readonly events: readonly HeldEvent[];
  readonly fit: readonly Fit[];
};
type Starter = (
  deps: HeldStartDeps,
  of: KnownTrigger,
  starting: Starting,
) => Promise<readonly (readonly [Fit, EventEffect])[]>;

const startAs: Readonly<Record<FiringEvents['firing']['as'], Starter>> = {
  each: async (deps, of, { fit }) => {
    const turns = createTurnsPerKey();

    return mapAtOnce(fit, atOnceMax, async (each) => [
      each,
      await turns.take(each.run, () => started(deps, of, each)),
    ]);
  },
  all: async (deps, of, { fit, ...starting }) => {
    const once = [...new Map(fit.map((each) => [each.held.key, each])).values()];
    const given = inputFor(of.definition, of.compiled, firedByBatch(once.map(({ event }) => event)));
    const name = { definition: of.ref.id, trigger: of.compiled.id };
    const effect =
      given.kind === 'refused'
        ? effectOf({ ...given, ...name })
        : await started(deps, of, { ...together(of, { fit, ...starting }), input: given.input });

    return fit.map((each) => [each, effect]);
  },
  last: async (deps, of, { fit, ...starting }) => {
    const { event, run } = together(of, { fit, ...starting });
    const last = fit.at(-1);
    const name = { definition: of.ref.id, trigger: of.compiled.id };
    const effect = await started(deps, of, { event, run, input: last?.input ?? {} });
    const message = `event ${last?.held.position ?? ''} came after it`;
    const passed = effectOf({ kind: 'ignored', ...name, code: 'trigger.debounced', message });

    return fit.map((each) => [each, each === last ? effect : passed]);
  },
};

/**
 * The run that several events start together, and the event that it is told of. Its name follows from all that were
 * noted as being started: another version of the trigger may want fewer of them, and is the same start.
 */
function together(of: KnownTrigger, { key, events, fit }: Starting) {
  const last = fit.at(-1) as Fit;
  const hops = Math.max(...fit.map(({ event }) => event.hops ?? 0));
  const names = events.map((held) => [held.position, held.key]);

  return {
    event: { ...last.event, ...(hops === 0 ? {} : { hops }) },
    run: triggeredRun(of.ref.id, of.compiled.id, JSON.stringify(['together', key, names])),
  };
}

/** Says of an event what it has led to, in place of that it waits. */
async function noteOf(deps: HeldStartDeps, { held, kept, event }: Held, effect: EventEffect): Promise<void> {
  const { outcomes, clock, known } = deps;
  const { position } = held;
  const before = await outcomes.of(position);
  const isSame = before?.event === undefined || before.event.id === event?.id;
  if (kept === undefined && before === undefined) return;
  const effects = isSame ? [...(before?.effects ?? [])] : [];
  const at = effects.findIndex(
    (each) => each.definition === effect.definition && each.trigger === effect.trigger,
  );
  if (at === -1) effects.push(effect);
  else effects[at] = effect;
  const isSecret = event !== undefined && known.ofEvent(event.type).some(feedsSecret);
  const fresh: Omit<EventOutcome, 'status' | 'effects'> = {
    position,
    at: new Date(clock.now()).toISOString(),
    type: kept?.type ?? '',
    ...(kept?.by === undefined ? {} : { by: kept.by }),
    ...(event === undefined ? {} : { event: shownEvent(event, isSecret) }),
  };
  await outcomes.note({ ...(isSame ? (before ?? fresh) : fresh), effects, status: outcomeStatusOf(effects) });
}
