import type { EventEffect } from '../../../events/event-outcome.ts';
import type { HoldRule } from '../../../machines/definition.ts';
import { isoTime } from '../../../machines/due-time.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import {
  afterFiring,
  type FiringEvents,
  type HeldEvent,
  HeldEvents,
  heldMax,
  heldText,
  planHeld,
  withHeld,
} from '../../../machines/triggers/held-events.ts';
import { untilAborted, whenAborted } from '../../lib/abort.ts';
import { createLimit } from '../../lib/limit.ts';
import { backoffMs } from '../../lib/retry.ts';
import { createTurnsPerKey } from '../../lib/serial-queue.ts';
import { messageOf } from '../../lib/text.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HeldSummary } from '../../ports/events/trigger-admin.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { UnendingWork } from '../keep-up.ts';
import { createMarks, type Mark, type Marks, watchMarks } from '../marks.ts';
import { createWakeSignal } from '../wake-signal.ts';
import { effectOf, type HeldArrival } from './event-starts.ts';
import type { KnownTrigger, KnownTriggers } from './known-triggers.ts';
import type { PausedTriggers } from './paused-triggers.ts';

/** What the keys of all marks about events that wait begin with. */
const heldMarks = 'held';

/** What another engine holds back is seen after so long at the latest. */
const marksEveryMs = 5_000;
/** A look at the clock at least so often: somebody may set it. */
const clockEveryMs = 30_000;
const pauses = { firstMs: 1_000, mostMs: 30_000 };
/** So many groups are started for at a time. */
const groupsAtOnceMax = 32;
/** Enough of a hash to know an event again among those that wait. */
const keyLength = 16;

/** Which of the events that wait for a trigger have led to nothing yet. */
export type StillHeld = (of: HeldEvents, events: readonly HeldEvent[]) => Promise<readonly HeldEvent[]>;

/** Starts what events of a trigger (undefined: it is gone) have waited for. Rejects with what may pass. */
export type HeldStart = (of: KnownTrigger | undefined, state: FiringEvents) => Promise<void>;

export type HeldDeps = {
  readonly marks: MarkStore;
  readonly known: Pick<KnownTriggers, 'all' | 'settled' | 'onChange'>;
  readonly paused: Pick<PausedTriggers, 'of' | 'ready' | 'onChange'>;
  readonly clock: Clock;
  /** Starts the runs of events that waited, and notes what became of each. Rejects with what may pass. */
  readonly start: HeldStart;
  readonly stillHeld: StillHeld;
  readonly onTrouble: (error: unknown) => void;
};

/** Events that wait for others, or for their turn. What waits is in the store alone: any engine goes on with it. */
export type HeldEventsKeeper = {
  /** Resolves once it is kept. Nothing is started with it before `settle` is called with its position. */
  readonly hold: (of: KnownTrigger, arrival: HeldArrival) => Promise<EventEffect>;
  /** What the event led to has been noted, or could not be. */
  readonly settle: (position: number) => void;
  readonly run: UnendingWork;
};

/** What waits for triggers. A mark that cannot be read counts as nothing that waits. */
function createHeldMarks(store: MarkStore): Marks<HeldEvents> {
  return createMarks(store, HeldEvents);
}

/** Every group of events that waits now. */
export async function heldGroups(store: MarkStore): Promise<readonly HeldEvents[]> {
  return [...(await createHeldMarks(store).values(heldMarks)).values()];
}

/** What of it waits for one trigger; undefined where nothing does. */
export function heldSummary(
  groups: readonly HeldEvents[],
  of: KnownTrigger,
  nowMs: number,
): HeldSummary | undefined {
  const own = groups.filter((each) => each.definition === of.ref.id && each.trigger === of.compiled.id);
  const waiting = own.filter((each) => each.waiting.length + (each.firing?.events.length ?? 0) > 0);
  if (waiting.length === 0) return undefined;
  const rule = ruleOf(of);
  const next = waiting.map((each) => {
    const plan = planHeld(each, rule, nowMs);
    return plan.kind === 'wait' ? plan.untilMs : nowMs;
  });
  const counts = waiting.map((each) => each.waiting.length + (each.firing?.events.length ?? 0));

  return {
    events: counts.reduce((sum, each) => sum + each, 0),
    why: heldText(rule),
    nextAt: isoTime(Math.min(...next)),
  };
}

/** By which an event is known again. */
export function heldKey(key: string): string {
  return sha256Hex(key).slice(0, keyLength);
}

function markKey(definition: string, trigger: string, key: string): string {
  return `${heldMarks}/${definition}/${trigger}/${sha256Hex(key).slice(0, keyLength)}`;
}

export function createHeldEvents(deps: HeldDeps): HeldEventsKeeper {
  const { clock, known, paused } = deps;
  const marks = createHeldMarks(deps.marks);
  const groups = new Map<string, Group>();
  /** The groups of events of which it is not noted yet what became of them, by position. */
  const unsettled = new Map<number, string[]>();
  const bell = createWakeSignal(clock);
  const hold = createHolding(marks, clock, (key, mark) => seen(groups, key, mark));
  const tell = createTelling(deps.onTrouble);

  async function turn(key: string, group: Group): Promise<void> {
    group.isRung = false;
    try {
      const wait = await heldTurn({ ...deps, marks, unsettled }, key);
      group.failures = 0;
      tell.well(key);
      if (group.isRung) return;
      if (wait === undefined) groups.delete(key);
      else group.dueMs = wait;
    } catch (error) {
      tell.failed(key, error);
      group.dueMs = clock.now() + backoffMs(pauses, group.failures);
      group.failures += 1;
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    await untilAborted(signal, Promise.all([known.settled(), paused.ready])).catch(() => undefined);
    if (signal.aborted) return;
    const all = (): void => {
      for (const group of groups.values()) ring(group);
      bell.ring();
    };
    const watch = watchMarks({
      read: () => marks.all(heldMarks),
      everyMs: marksEveryMs,
      clock,
      onTrouble: deps.onTrouble,
      onChange: (found) => {
        for (const [key, mark] of found) seen(groups, key, mark);
        bell.ring();
      },
    });
    const ends = [known.onChange(all), paused.onChange(all), watch.close];
    const limit = createLimit(groupsAtOnceMax);
    const busy = new Set<Group>();
    void whenAborted(signal).then(bell.ring);
    while (!signal.aborted) {
      const idle = [...groups].filter(([, group]) => !busy.has(group));
      const nowMs = clock.now();
      const due = idle.filter(([, { dueMs }]) => dueMs <= nowMs);
      for (const [key, group] of due) {
        busy.add(group);
        await limit.begin(async () => {
          await turn(key, group);
          busy.delete(group);
          bell.ring();
        });
      }
      await bell.wait(Math.min(Math.max(firstDueMs(groups, busy) - clock.now(), 0), clockEveryMs));
    }
    for (const end of ends) end();
    await limit.idle();
  }

  return {
    hold: (of, arrival) => {
      const key = markKey(of.ref.id, of.compiled.id, arrival.holdKey);
      unsettled.set(arrival.position, [...(unsettled.get(arrival.position) ?? []), key]);
      return hold(of, arrival);
    },
    settle: (position) => {
      for (const key of unsettled.get(position) ?? []) ring(groups.get(key));
      if (unsettled.delete(position)) bell.ring();
    },
    run,
  };
}

/** A group of events as it was last seen, and when it is to be looked at. */
type Group = { revision: number; dueMs: number; failures: number; isRung: boolean };

/** When the first group that is not being looked after is due. */
function firstDueMs(groups: ReadonlyMap<string, Group>, busy: ReadonlySet<Group>): number {
  let first = Number.POSITIVE_INFINITY;
  for (const group of groups.values()) if (!busy.has(group)) first = Math.min(first, group.dueMs);

  return first;
}

function ring(group: Group | undefined): void {
  if (group === undefined) return;
  group.dueMs = 0;
  group.isRung = true;
}

function seen(groups: Map<string, Group>, key: string, { revision, value }: Mark<HeldEvents>): void {
  const group = groups.get(key);
  if (value === undefined || (group !== undefined && group.revision >= revision)) return;
  if (group === undefined) groups.set(key, { revision, dueMs: 0, failures: 0, isRung: true });
  else ring(Object.assign(group, { revision }));
}

/** Of each group the same trouble is told once, until there is none. */
function createTelling(onTrouble: (error: unknown) => void) {
  const told = new Map<string, string>();

  return {
    well: (key: string) => void told.delete(key),
    failed: (key: string, error: unknown) => {
      if (told.get(key) !== messageOf(error)) onTrouble(error);
      told.set(key, messageOf(error));
    },
  };
}

type Became = 'held' | 'full' | EventEffect;

/** `state`: what was written, if anything. */
type Keeping = { readonly became: readonly Became[]; readonly state?: HeldEvents };

type Arriving = HeldEvent & {
  readonly before: HeldArrival['before'];
  readonly answer: (became: Became) => void;
  readonly fail: (error: unknown) => void;
};

/** Those that come while a write is under way are kept by the next one, all together. */
function createHolding(
  marks: Marks<HeldEvents>,
  clock: Pick<Clock, 'now'>,
  onKept: (key: string, mark: Mark<HeldEvents>) => void,
): HeldEventsKeeper['hold'] {
  const arriving = new Map<string, Arriving[]>();
  const turns = createTurnsPerKey();

  async function keep(mark: string, empty: HeldEvents, rule: HoldRule): Promise<void> {
    const events = arriving.get(mark) ?? [];
    arriving.delete(mark);
    if (events.length === 0) return;
    try {
      const { result, revision } = await marks.change<Keeping>(mark, async ({ value }) => {
        const befores = await Promise.all(events.map(({ before }) => before()));
        const fresh = events.filter((_, index) => befores[index] === undefined);
        const { state, full } = withHeld(value ?? empty, fresh, rule);
        const became = events.map(
          (each, index): Became => befores[index] ?? (full.includes(each) ? 'full' : 'held'),
        );
        if (fresh.length === 0) return { result: { became } };
        return { to: { value: state }, result: { became, state } };
      });
      if (result.state !== undefined) onKept(mark, { value: result.state, revision });
      for (const [index, each] of events.entries()) each.answer(result.became[index] ?? 'held');
    } catch (error) {
      for (const each of events) each.fail(error);
    }
  }

  return async ({ ref, compiled }, { position, key, holdKey, rule, before }) => {
    const of = { definition: ref.id, trigger: compiled.id };
    const mark = markKey(of.definition, of.trigger, holdKey);
    const became = await new Promise<Became>((answer, fail) => {
      const event = { position, key: heldKey(key), atMs: clock.now(), before, answer, fail };
      arriving.set(mark, [...(arriving.get(mark) ?? []), event]);
      void turns.take(mark, () => keep(mark, { ...of, key: holdKey, waiting: [], starts: [] }, rule));
    });
    if (typeof became === 'object') return became;
    if (became === 'held')
      return effectOf({ kind: 'held', ...of, code: `trigger.${rule.kind}`, message: heldText(rule) });
    const message = `${heldMax} events wait for it already, the most that may; publish this one again later`;

    return effectOf({ kind: 'refused', ...of, code: 'trigger.full', message });
  };
}

type TurnDeps = Omit<HeldDeps, 'marks'> & {
  readonly marks: Marks<HeldEvents>;
  readonly unsettled: ReadonlyMap<number, unknown>;
};

/**
 * Carries a group as far as it can go now, and resolves with when to look at it again; undefined where nothing is left
 * of it. What is to be started is kept first, then started, then taken away: whoever goes on after a crash starts the
 * same runs, which are started once.
 */
async function heldTurn(deps: TurnDeps, key: string): Promise<number | undefined> {
  const { marks, known, paused, clock, unsettled } = deps;
  for (;;) {
    const { value: state, revision } = await marks.read(key);
    if (state === undefined) return undefined;
    await known.settled();
    const { definition, trigger } = state;
    const of = known.all().find((each) => each.ref.id === definition && each.compiled.id === trigger);
    if (paused.of(definition, trigger) !== undefined) return Number.POSITIVE_INFINITY;
    const plan = planHeld(state, ruleOf(of), clock.now());
    if (plan.kind === 'wait') return plan.untilMs;
    if (plan.kind === 'end') {
      await marks.remove(key, revision);
      continue;
    }
    // Whoever notes what became of an event would say that it waits, after it has started a run.
    if (plan.state.firing.events.some(({ position }) => unsettled.has(position)))
      return Number.POSITIVE_INFINITY;
    if (state.firing === undefined && !(await isKept(deps, key, { plan: plan.state, state, revision })))
      continue;
    await deps.start(of, plan.state);
    await marks.change(key, ({ value }) => finished(value, plan.state));
  }
}

/**
 * Notes what is to be started. Resolves with false where it is to be planned anew: where somebody else was first, what
 * they have made of it counts. And what waits may have been put back to an earlier time, as a backup does that was
 * taken while events led to runs: those leave.
 */
async function isKept(
  { marks, stillHeld }: TurnDeps,
  key: string,
  {
    plan,
    state,
    revision,
  }: { readonly plan: FiringEvents; readonly state: HeldEvents; readonly revision: number },
): Promise<boolean> {
  const { events } = plan.firing;
  const still = await stillHeld(state, events);
  if (still.length === events.length) return (await marks.write(key, plan, revision)) !== undefined;
  const over = new Set(events.filter((each) => !still.includes(each)));
  await marks.write(key, { ...state, waiting: state.waiting.filter((each) => !over.has(each)) }, revision);

  return false;
}

/** Others may have come meanwhile; what somebody else has gone on with stays. */
function finished(now: HeldEvents | undefined, { firing }: FiringEvents) {
  const isSame = now?.firing !== undefined && now.firing.events[0]?.position === firing.events[0]?.position;

  return isSame
    ? { to: { value: afterFiring({ ...now, firing: now.firing ?? firing }) }, result: undefined }
    : { result: undefined };
}

function ruleOf(of: KnownTrigger | undefined): HoldRule | undefined {
  const trigger = of?.compiled.trigger;

  return trigger?.kind === 'event' ? trigger.hold : undefined;
}
