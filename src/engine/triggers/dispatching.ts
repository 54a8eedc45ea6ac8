import { z } from 'zod';
import { JsonValue } from '../../../events/canonical-json.ts';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { EventEffect, EventOutcome } from '../../../events/event-outcome.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import { isRunId } from '../../../machines/shard.ts';
import { feedsSecret } from '../../../machines/triggers/feeds-secret.ts';
import { within } from '../../lib/deadline.ts';
import { backoffMs } from '../../lib/retry.ts';
import { messageOf } from '../../lib/text.ts';
import type { Authority } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventInbox, InboxItem } from '../../ports/events/event-inbox.ts';
import type { EventOutcomes } from '../../ports/events/outcome-filter.ts';
import { type RunCommand, RunNotFound } from '../../ports/runs/workflows.ts';
import { refusedName } from '../actor-name.ts';
import type { UnendingWork } from '../keep-up.ts';
import { isTransientRefusal, NotStartedYet } from '../run/command-traits.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import type { AwaitingRuns } from './awaiting-runs.ts';
import {
  createEventStarts,
  type EventStartsDeps,
  effectOf,
  isOwnNews,
  outcomeStatusOf,
  shownEvent,
  toldEffects,
} from './event-starts.ts';
import type { HeldEventsKeeper } from './held-events.ts';
import { readEvent } from './read-event.ts';
import { type AskDeps, askForEvent, wakeRuns } from './wake-runs.ts';

/** The type of the events by which people decide. */
const decisionType = 'approval.decision';

const Decision = z.object({
  run: z.string(),
  task: z.string(),
  decision: z.enum(['approve', 'reject', 'change']),
  by: z.string().optional(),
  comment: z.string().optional(),
  data: JsonValue.optional(),
});

export type DispatchingDeps = EventStartsDeps & {
  readonly inbox: EventInbox;
  readonly outcomes: Pick<EventOutcomes, 'note' | 'of'>;
  readonly held: Pick<HeldEventsKeeper, 'hold' | 'settle'>;
  readonly awaiting: AwaitingRuns;
  /** Who may do what; everybody may do everything without. */
  readonly authority?: Authority | undefined;
  readonly clock: Clock;
  /** Told once of each cause why events cannot be dealt with now. */
  readonly onTrouble: (error: unknown) => void;
};

/** How many events are dealt with at a time. */
const atOnceMax = 256;
const pauses = { firstMs: 1_000, mostMs: 30_000 };
/** How long what is under way may take to end when no more is taken. */
const endMsMax = 2_000;
/** Through so many runs an event may have come: more of them run in a circle. */
const hopsMax = 32;
const textCharactersMax = 16 * 1024;

/**
 * Deals with the events that come in: each ends in one outcome that is noted, or comes again. All of it can be done
 * twice, by two engines or by one that comes after another: what an event leads to goes by the event.
 */
export function createDispatching(deps: DispatchingDeps): { readonly run: UnendingWork } {
  const { inbox, outcomes, clock } = deps;
  const outcomeOf = createOutcome(deps);
  const failures = new Map<number, number>();
  const told = new Set<string>();

  async function deal(item: InboxItem): Promise<void> {
    try {
      const outcome = await outcomeOf(item);
      if (outcome !== undefined) await outcomes.note(outcome);
      await item.done();
      if (failures.delete(item.position)) told.clear();
    } catch (error) {
      tell(error);
      const before = failures.get(item.position) ?? 0;
      failures.set(item.position, before + 1);
      item.again(backoffMs(pauses, before));
    } finally {
      deps.held.settle(item.position);
    }
  }

  function tell(error: unknown): void {
    const cause = error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
    if (!told.has(cause)) deps.onTrouble(error);
    told.add(cause);
  }

  return {
    run: async (signal) => {
      // What failed before may have been dealt with elsewhere since, and what fails now is told anew.
      failures.clear();
      told.clear();
      const underWay = new Set<Promise<void>>();
      for await (const item of inbox.take({ signal, atOnceMax })) {
        const dealt = deal(item).finally(() => underWay.delete(dealt));
        underWay.add(dealt);
      }
      await within(clock, endMsMax, Promise.all(underWay));
    },
  };
}

/** What becomes of one event; undefined where nothing is to be noted of it. */
type Outcome = (item: InboxItem) => Promise<EventOutcome | undefined>;

function createOutcome(deps: DispatchingDeps): Outcome {
  const { outcomes, authority, clock } = deps;
  const start = createEventStarts(deps);

  return async (item) => {
    const { position, type, by, body } = item;
    const at = new Date(clock.now()).toISOString();
    const common = { position, at, type, ...(by === undefined ? {} : { by }) };
    await deps.known.settled();
    const isSecret = deps.known.ofEvent(type).some(feedsSecret);
    const read = readEvent(item, at);
    if (!read.ok) return { ...common, status: 'dead', ...shownRefused(body, read.refusal, isSecret) };
    const { event } = read;
    const outcomeOf = (effects: readonly EventEffect[]): EventOutcome => ({
      ...common,
      status: outcomeStatusOf(effects),
      event: shownEvent(event, isSecret),
      effects: toldEffects(effects),
    });
    const stopped = await stoppedBy(event, by);
    if (stopped !== undefined) return outcomeOf(stopped);
    const [decided, started, waiting, before] = await Promise.all([
      decisions(event, by),
      start(event, position),
      deps.awaiting.of(event.type),
      wokenBefore(position, event),
    ]);
    const begun = [...decided, ...started];
    // What it has started did not wait for it when it came, but may when it comes again.
    const own = new Set(started.flatMap(({ kind, run }) => (kind === 'started' ? [run] : [])));
    const runs = [...new Set([...before, ...waiting])].filter((run) => !own.has(run));
    // A run that was woken does not wait any more: whoever goes on after a crash has to know that it was to be.
    if (runs.length > 0) await outcomes.note(outcomeOf([...begun, ...runs.map(woken)]));
    const effects = [...begun, ...(await wakeRuns(deps, event, runs))];
    if (effects.every(({ kind }) => kind === 'ignored') && isOwnNews(event)) return undefined;

    return outcomeOf(effects.length > 0 ? effects : [nobodyWants(event)]);
  };

  async function decisions(event: CloudEvent, by: string | undefined): Promise<readonly EventEffect[]> {
    return event.type === decisionType ? [await decideByEvent(deps, event, by)] : [];
  }

  /** What there is of an event that may start and wake nothing: who may decide is asked of them where they do. */
  async function stoppedBy(event: CloudEvent, by: string | undefined) {
    const loop = loopOf(event);
    if (loop !== undefined) return [loop];
    const barred = barredBy(authority, event, by);
    if (barred === undefined) return undefined;
    const decided = await decisions(event, by);
    const isWanted =
      deps.known.ofEvent(event.type).length > 0 || (await deps.awaiting.of(event.type)).length > 0;

    return decided.length > 0 && !isWanted ? decided : [...decided, barred];
  }

  async function wokenBefore(position: number, { source, id }: CloudEvent): Promise<readonly string[]> {
    const before = await outcomes.of(position);
    // A stream that was made again counts from the beginning.
    if (before?.event?.source !== source || before.event.id !== id) return [];

    return before.effects.flatMap(({ kind, run }) => (kind === 'woke' && run !== undefined ? [run] : []));
  }
}

const unreadable = 'it is no event that can be read; what is wrong is not told, as its data may be secret';

/** What is wrong with a text may be said by parts of it. */
function shownRefused(
  body: string,
  { code, message }: Refusal,
  isSecret: boolean,
): Pick<EventOutcome, 'text' | 'effects'> {
  return {
    ...(isSecret ? {} : { text: body.slice(0, textCharactersMax) }),
    effects: [{ kind: 'refused', code, message: isSecret ? unreadable : message }],
  };
}

function woken(run: string): EventEffect {
  return { kind: 'woke', run };
}

/** Why whoever published an event may neither start nor wake anything with it. */
function barredBy(
  authority: Authority | undefined,
  { type }: CloudEvent,
  by: string | undefined,
): EventEffect | undefined {
  const refusal = by === undefined ? undefined : authority?.refusal(by, { kind: 'emit', type });

  return refusal === undefined
    ? undefined
    : { kind: 'refused', code: refusal.code, message: refusal.message };
}

/** Why an event leads to nothing, whoever would want it. */
function loopOf({ hops = 0 }: CloudEvent): EventEffect | undefined {
  if (hops <= hopsMax) return undefined;
  const message = `it comes through ${hops} runs, each of which an event of the one before has started`;

  return { kind: 'ignored', code: 'trigger.loop', message };
}

function nobodyWants({ type }: CloudEvent): EventEffect {
  return {
    kind: 'ignored',
    code: 'trigger.none',
    message: `no definition has a trigger for ${type}, and no run waits for it`,
  };
}

type DecisionDeps = AskDeps & { readonly reader: Pick<RunReader, 'last'> };

/** Gives the decision that an event holds to its run, as whoever decides: they need the same rights as ever. */
async function decideByEvent(
  deps: DecisionDeps,
  event: CloudEvent,
  vouchedFor: string | undefined,
): Promise<EventEffect> {
  const read = Decision.safeParse(event.data);
  if (!read.success) {
    const rule = 'the data is {run, task, decision: "approve", "reject" or "change", by}';
    return refused({}, { code: 'decision.invalid', message: `${rule}: ${z.prettifyError(read.error)}` });
  }
  const { run, task, decision } = read.data;
  const by = decider(event, vouchedFor ?? read.data.by, vouchedFor !== undefined);
  if (typeof by !== 'string') return refused({ run, task }, by);
  if (!isRunId(run) || (await deps.reader.last(run)) === undefined) {
    const { code, message } = new RunNotFound(run);
    return refused({ run, task }, { code, message });
  }
  const command = decisionCommand(read.data, by);
  const answer = await askForEvent(deps, event, { run, command, as: by });
  if (answer.ok) return { kind: 'decided', run, task, message: `${decision} by ${by}` };
  if (isTransientRefusal(answer.refusal)) throw new NotStartedYet(run, answer.refusal);

  return refused({ run, task }, answer.refusal);
}

function decisionCommand(
  { task, decision, comment, data }: z.output<typeof Decision>,
  by: string,
): RunCommand {
  if (decision === 'change') return { kind: 'requestChange', task, by, comment: comment ?? '' };
  const said = { ...(comment === undefined ? {} : { comment }), ...(data === undefined ? {} : { data }) };

  return { kind: decision, task, by, ...said };
}

/** Who decides, as far as that is to be believed. */
function decider({ hops }: CloudEvent, by: string | undefined, isVouchedFor: boolean): string | Refusal {
  if (by === undefined)
    return { code: 'decision.nobody', message: 'it does not say who decides: `by` is missing' };
  // Whoever writes definitions could have a run publish what somebody else is said to have decided.
  if (hops !== undefined && !isVouchedFor) {
    return {
      code: 'decision.by-run',
      message: `a run published it, and no run decides in the name of ${by}`,
    };
  }

  return refusedName(by) ?? by;
}

function refused(of: Pick<EventEffect, 'run' | 'task'>, { code, message }: Refusal): EventEffect {
  return effectOf({ kind: 'refused', ...of, code, message });
}
