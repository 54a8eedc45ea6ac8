import { z } from 'zod';
import type { HoldRule } from '../definition.ts';
import { formatDuration } from '../language/duration.ts';

/**
 * An event that waits: its place among all events, and of what the trigger makes of it the key, shortened, by which it
 * is known again.
 */
const HeldEvent = z.object({ position: z.int(), key: z.string(), atMs: z.int() });
export type HeldEvent = z.output<typeof HeldEvent>;

/** What is made of the events of one start: a run for each, one run with all of them, or one with the last. */
const As = z.enum(['each', 'all', 'last']);

/** The events of one trigger, and of one key, that have not started a run yet. */
export const HeldEvents = z.object({
  definition: z.string(),
  trigger: z.string(),
  /** What they have in common; empty where the trigger does not say. */
  key: z.string(),
  /** The oldest first. */
  waiting: z.array(HeldEvent),
  /** What is being started: noted before it is, so that whoever goes on starts the same, or finds it started. */
  firing: z.object({ as: As, events: z.array(HeldEvent) }).optional(),
  /** Of a throttle: when runs were started lately, the oldest first, in ms since 1970. */
  starts: z.array(z.int()),
});
export type HeldEvents = z.output<typeof HeldEvents>;

export type FiringEvents = HeldEvents & { readonly firing: NonNullable<HeldEvents['firing']> };

/**
 * What to do for events that wait. `fire`: keep the state, start what it names, ask again. `wait`: nothing is due
 * before `untilMs`. `end`: nothing waits, and nothing has to be remembered.
 */
export type HeldPlan =
  | { readonly kind: 'fire'; readonly state: FiringEvents }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'end' };

/** More do not wait: who sends more has other trouble. */
export const heldMax = 5_000;

/** So many runs are started before the next look at the state. */
const startsAtOnceMax = 100;

/**
 * The state with more events that wait; one that is given out again is in it once. `full`: those there is no room for.
 * Of a debounce the first and the last matter, so that there always is.
 */
export function withHeld(
  state: HeldEvents,
  events: readonly HeldEvent[],
  rule: HoldRule,
): { readonly state: HeldEvents; readonly full: readonly HeldEvent[] } {
  const known = new Set([...state.waiting, ...(state.firing?.events ?? [])].map(nameOf));
  const waiting = [...state.waiting];
  const full: HeldEvent[] = [];
  for (const event of events) {
    if (known.has(nameOf(event))) continue;
    if (waiting.length >= heldMax && rule.kind === 'debounce') waiting.splice(1, 1);
    if (waiting.length >= heldMax) {
      full.push(event);
      continue;
    }
    known.add(nameOf(event));
    waiting.push(event);
  }
  waiting.sort((a, b) => a.position - b.position);

  return { state: { ...state, waiting }, full };
}

/** A stream of events that was made again counts from the beginning. */
function nameOf({ position, key }: HeldEvent): string {
  return `${position} ${key}`;
}

/** What to do next. Without a rule, as where a new version has none, nothing is held back. */
export function planHeld(state: HeldEvents, rule: HoldRule | undefined, nowMs: number): HeldPlan {
  if (isFiring(state)) return { kind: 'fire', state };
  const [first] = state.waiting;
  if (first === undefined) return restOf(state, rule, nowMs);
  switch (rule?.kind) {
    case undefined:
      return fire(state, { as: 'each', count: startsAtOnceMax });
    case 'throttle':
      return throttled(state, rule, nowMs);
    case 'debounce': {
      const last = Math.max(...state.waiting.map(({ atMs }) => atMs));
      const dueMs = Math.min(last + rule.quietMs, firstMs(state) + (rule.mostMs ?? Number.POSITIVE_INFINITY));
      return nowMs < dueMs ? wait(dueMs) : fire(state, { as: 'last', count: state.waiting.length });
    }
    case 'batch': {
      const dueMs = firstMs(state) + rule.withinMs;
      return state.waiting.length < rule.size && nowMs < dueMs
        ? wait(dueMs)
        : fire(state, { as: 'all', count: rule.size });
    }
  }
}

/** The state once what was being started has been, or could not be. */
export function afterFiring({ firing: _done, ...state }: FiringEvents): HeldEvents {
  return state;
}

/** Why events wait, in words. */
export function heldText(rule: HoldRule | undefined): string {
  switch (rule?.kind) {
    case undefined:
      return 'it is about to start a run';
    case 'throttle':
      return `throttle: at most ${rule.limit} ${rule.limit === 1 ? 'run' : 'runs'} within ${formatDuration(rule.perMs)}`;
    case 'debounce': {
      const most = rule.mostMs === undefined ? '' : `, ${formatDuration(rule.mostMs)} at most`;
      return `debounce: until no other comes for ${formatDuration(rule.quietMs)}${most}`;
    }
    case 'batch':
      return `batch: until there are ${rule.size}, ${formatDuration(rule.withinMs)} at most`;
  }
}

function throttled(
  state: HeldEvents,
  { limit, perMs }: { readonly limit: number; readonly perMs: number },
  nowMs: number,
): HeldPlan {
  const starts = state.starts.filter((atMs) => atMs > nowMs - perMs);
  const free = Math.min(limit - starts.length, startsAtOnceMax, state.waiting.length);
  // The limit may have been lowered: then more than one has to be over.
  if (free <= 0) return wait((starts[starts.length - limit] ?? nowMs) + perMs);

  return fire(
    { ...state, starts: [...starts, ...Array<number>(free).fill(nowMs)] },
    { as: 'each', count: free },
  );
}

/** What was started lately counts for those who are still to come. */
function restOf({ starts }: HeldEvents, rule: HoldRule | undefined, nowMs: number): HeldPlan {
  const last = starts.at(-1);
  if (rule?.kind !== 'throttle' || last === undefined || last + rule.perMs <= nowMs) return { kind: 'end' };

  return wait(last + rule.perMs);
}

function fire(
  state: HeldEvents,
  { as, count }: { readonly as: z.output<typeof As>; readonly count: number },
): HeldPlan {
  const events = state.waiting.slice(0, count);

  return { kind: 'fire', state: { ...state, waiting: state.waiting.slice(count), firing: { as, events } } };
}

function firstMs({ waiting }: HeldEvents): number {
  return Math.min(...waiting.map(({ atMs }) => atMs));
}

function wait(untilMs: number): HeldPlan {
  return { kind: 'wait', untilMs };
}

function isFiring(state: HeldEvents): state is FiringEvents {
  return state.firing !== undefined;
}
