import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { EventEffect, EventOutcome } from '../../../events/event-outcome.ts';
import type { HoldRule } from '../../../machines/definition.ts';
import { formatDuration } from '../../../machines/language/duration.ts';
import { feedsSecret } from '../../../machines/triggers/feeds-secret.ts';
import { type EventMatch, matchEvent } from '../../../machines/triggers/match-event.ts';
import { admitted, type RecentStarts, rateLimitOf } from '../../../machines/triggers/rate-limit.ts';
import { triggeredRun } from '../../../machines/triggers/triggered-run.ts';
import { createTurnsPerKey, type TurnsPerKey } from '../../lib/serial-queue.ts';
import { engineActor } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventOutcomes } from '../../ports/events/outcome-filter.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import { RunArchived } from '../../ports/runs/archive.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import type { KnownTrigger, KnownTriggers } from './known-triggers.ts';
import { noteFlood, type PausedTriggers } from './paused-triggers.ts';
import { type StartDeps, startTriggered } from './start-triggered.ts';

/** Longer messages hold data of the event, which can be read there. */
const messageCharactersMax = 1_000;

/** The most effects that are told of one event; an event may wake thousands of runs. */
const effectsMax = 200;

const wanted: ReadonlySet<EventEffect['kind']> = new Set(['started', 'already', 'held', 'woke', 'decided']);

/** An event that a trigger does not start a run for at once. */
export type HeldArrival = {
  readonly position: number;
  /** By which the event is known again. */
  readonly key: string;
  /** What it has in common with those that it waits with. */
  readonly holdKey: string;
  readonly rule: HoldRule;
  /** What it led to already. It is asked after what waits was read: what has been started leaves that afterwards. */
  readonly before: () => Promise<EventEffect | undefined>;
};

export type EventStartsDeps = StartDeps & {
  readonly reader: Pick<RunReader, 'first' | 'last' | 'archived'>;
  readonly known: Pick<KnownTriggers, 'settled' | 'ofEvent'>;
  readonly paused: Pick<PausedTriggers, 'ready' | 'of'>;
  readonly clock: Clock;
  /** Where it is noted which triggers were flooded; nowhere without. */
  readonly marks?: MarkStore | undefined;
  /** Keeps what starts no run at once. */
  readonly held: { readonly hold: (of: KnownTrigger, arrival: HeldArrival) => Promise<EventEffect> };
  readonly outcomes: Pick<EventOutcomes, 'of'>;
  /** Told of a trigger that is over its rate limit, once until it has been below it for a while. */
  readonly onTrouble: (error: unknown) => void;
};

type StartsDeps = EventStartsDeps & { readonly turns: TurnsPerKey; readonly rates: Rates };

/** A trigger got more events than it may start runs for. The reaction: end the loop, or raise its rate_limit. */
class TriggerFlooded extends Error {
  override readonly name = 'TriggerFlooded';
  readonly code = 'trigger.rate-limit';
}

/** Says of each start whether its trigger is over its limit: then in words. */
type Rates = (known: KnownTrigger, run: string, event: CloudEvent) => string | undefined;

/** Remembered by this engine: another that goes on in its place begins anew. */
function createRates({
  clock,
  marks,
  onTrouble,
}: Pick<EventStartsDeps, 'clock' | 'marks' | 'onTrouble'>): Rates {
  const starts = new Map<string, RecentStarts>();
  const flooded = new Map<string, number>();

  return ({ ref, compiled }, run, { hops = 0 }) => {
    const { trigger } = compiled;
    const rule = trigger.kind === 'event' ? rateLimitOf(trigger, hops) : undefined;
    if (rule === undefined) return undefined;
    const key = `${ref.id}/${compiled.id}`;
    const nowMs = clock.now();
    const { ok, recent } = admitted(starts.get(key) ?? [], rule, { run, nowMs });
    starts.set(key, recent);
    if (ok) return undefined;
    const message = overText(rule, hops);
    const wasTold = (flooded.get(key) ?? Number.NEGATIVE_INFINITY) > nowMs - rule.perMs;
    flooded.set(key, nowMs);
    if (wasTold) return message;
    const kept = 'they are kept: workflow events list --status refused';
    onTrouble(new TriggerFlooded(`the trigger ${key} refuses events: ${message}; ${kept}`));
    const mark = { at: new Date(nowMs).toISOString(), message };
    // What a list shows of it is no reason to hold an event up.
    if (marks !== undefined) noteFlood(marks, key, mark).catch(onTrouble);

    return message;
  };
}

function overText({ limit, perMs }: NonNullable<ReturnType<typeof rateLimitOf>>, hops: number): string {
  const runs = limit === 1 ? '1 run' : `${limit} runs`;
  const why = hops > 0 ? `; the event came through ${hops} runs, each started by one of the run before` : '';

  return `it started ${runs} within ${formatDuration(perMs)}, the most that its rate_limit allows${why}`;
}

/** Starts the runs that an event asks for: at most one for each trigger id of each definition. */
export type EventStarts = (event: CloudEvent, position: number) => Promise<readonly EventEffect[]>;

export function createEventStarts(given: EventStartsDeps): EventStarts {
  const deps = { ...given, turns: createTurnsPerKey(), rates: createRates(given) };

  return async (event, position) => {
    await deps.known.settled();
    await deps.paused.ready;
    const named = new Map<string, KnownTrigger[]>();
    for (const each of deps.known.ofEvent(event.type)) {
      const name = `${each.ref.id}/${each.compiled.id}`;
      named.set(name, [...(named.get(name) ?? []), each]);
    }
    const effects = await Promise.all(
      [...named.values()].map((same) => startOne(deps, same, { event, position })),
    );

    return effects.flat();
  };
}

/** Of the triggers of one name, the first that wants the event starts the run. */
async function startOne(
  deps: StartsDeps,
  triggers: readonly KnownTrigger[],
  { event, position }: { readonly event: CloudEvent; readonly position: number },
): Promise<readonly EventEffect[]> {
  const effects: EventEffect[] = [];
  for (const known of triggers) {
    const { ref, definition, compiled } = known;
    const of = { definition: ref.id, trigger: compiled.id };
    const pause = deps.paused.of(ref.id, compiled.id);
    if (pause !== undefined) {
      const reason = pause.reason === undefined ? '' : `: ${pause.reason}`;
      const message = `${pause.by} paused it at ${pause.at}${reason}`;
      return [effectOf({ kind: 'ignored', ...of, code: 'trigger.paused', message })];
    }
    const match = matchEvent(definition, compiled, event);
    if (match.kind === 'wanted') return [await startWanted(deps, known, { event, position, match })];
    const isSecret = deps.known.ofEvent(event.type).some(feedsSecret);
    effects.push(effectOf({ ...toldOf(match, isSecret), ...of }));
    if (match.kind === 'refused' && match.code !== 'trigger.when') break;
  }

  return effects;
}

type Wanted = Extract<EventMatch, { readonly kind: 'wanted' }>;

/** Starts the run at once, unless its trigger has it wait, or is over its limit. */
async function startWanted(
  deps: StartsDeps,
  known: KnownTrigger,
  {
    event,
    position,
    match,
  }: { readonly event: CloudEvent; readonly position: number; readonly match: Wanted },
): Promise<EventEffect> {
  const { ref, compiled } = known;
  const of = { definition: ref.id, trigger: compiled.id };
  const run = triggeredRun(ref.id, compiled.id, match.key);
  const over = deps.rates(known, run, event);
  if (over !== undefined)
    return effectOf({ kind: 'refused', ...of, code: 'trigger.rate-limit', message: over });
  const rule = compiled.trigger.kind === 'event' ? compiled.trigger.hold : undefined;
  if (rule !== undefined) {
    const { key, holdKey } = match;
    const before = () => startedBefore(deps, of, { event, position });
    return deps.held.hold(known, { position, key, holdKey, rule, before });
  }
  // Of several events with one key the second finds the run there: what is secret in it is not kept in place of what
  // the first has brought along.
  return deps.turns.take(run, () => started(deps, known, { event, run, input: match.input }));
}

/** What an event led to that has waited, and is given out again because nobody said that it was dealt with. */
async function startedBefore(
  { outcomes }: Pick<StartsDeps, 'outcomes'>,
  { definition, trigger }: { readonly definition: string; readonly trigger: string },
  { event, position }: { readonly event: CloudEvent; readonly position: number },
): Promise<EventEffect | undefined> {
  const before = await outcomes.of(position);
  // A stream that was made again counts from the beginning.
  if (before?.event?.source !== event.source || before.event.id !== event.id) return undefined;

  return before.effects.find(
    (each) => each.definition === definition && each.trigger === trigger && each.kind !== 'held',
  );
}

export function toldOf(match: Exclude<EventMatch, { kind: 'wanted' }>, isSecret: boolean) {
  if (match.kind === 'refused') return match;
  const { saw, ...unmet } = match;

  return isSecret ? unmet : { ...unmet, message: `${unmet.message}${saw}` };
}

export async function started(
  deps: StartDeps & { readonly reader: Pick<RunReader, 'first'> },
  { ref, definition, compiled }: KnownTrigger,
  {
    event,
    ...start
  }: { readonly event: CloudEvent } & Pick<Parameters<typeof startTriggered>[1], 'run' | 'input'>,
): Promise<EventEffect> {
  const { source, id, type, hops } = event;
  const trigger = {
    kind: 'event' as const,
    id: compiled.id,
    event: { source, id, type },
    ...(hops === undefined ? {} : { hops }),
  };
  const outcome = await startTriggered(deps, { ref, definition, trigger, actor: engineActor, ...start });
  const of = { definition: ref.id, trigger: compiled.id };
  if (outcome.kind === 'refused') return effectOf({ ...outcome, ...of });
  const isOurs = outcome.kind === 'already' && (await startedBy(deps.reader, start.run, event));

  return { kind: isOurs ? 'started' : outcome.kind, ...of, run: start.run };
}

/** An event that is told again, because its taker died, has started what it started. */
async function startedBy(
  reader: Pick<RunReader, 'first'>,
  run: string,
  { source, id }: CloudEvent,
): Promise<boolean> {
  const first = await reader.first(run).catch(asArchived);
  if (first?.kind !== 'record' || first.record.type !== 'run.started') return false;
  const { trigger } = first.record.data.fact;

  return trigger?.event?.source === source && trigger.event.id === id;
}

/** What the run was started by is gone with its events. */
function asArchived(error: unknown): undefined {
  if (!(error instanceof RunArchived)) throw error;
}

/** What may be shown of an event: no secret that it brings along. */
export function shownEvent({ data, ...event }: CloudEvent, isSecret: boolean): CloudEvent {
  return isSecret || data === undefined ? event : { ...event, data };
}

/** What one definition, or one run, made of an event. */
export function effectOf(effect: EventEffect): EventEffect {
  const { message } = effect;

  return message === undefined ? effect : { ...effect, message: message.slice(0, messageCharactersMax) };
}

/** What became of an event, from what everybody made of it. */
export function outcomeStatusOf(effects: readonly EventEffect[]): Exclude<EventOutcome['status'], 'dead'> {
  if (effects.some(({ kind }) => wanted.has(kind))) return 'taken';

  return effects.some(({ kind }) => kind === 'refused') ? 'refused' : 'ignored';
}

/** As many as are told; what came of the event goes before what did not. */
export function toldEffects(effects: readonly EventEffect[]): EventEffect[] {
  if (effects.length <= effectsMax) return [...effects];
  const sorted = [...effects].sort((a, b) => Number(a.kind === 'ignored') - Number(b.kind === 'ignored'));
  const left = effects.length - effectsMax;

  return [
    ...sorted.slice(0, effectsMax),
    { kind: 'ignored', code: 'trigger.more', message: `and ${left} more` },
  ];
}

/** News of our own runs, which most of the time concerns nobody here. */
export function isOwnNews({ type, source }: CloudEvent): boolean {
  return source.startsWith('/3ox/') && (type.startsWith('workflow.run.') || type.startsWith('approval.'));
}
