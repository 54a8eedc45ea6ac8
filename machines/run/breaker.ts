import type { TaskCommon } from '../task.ts';

export type BreakerPolicy = NonNullable<TaskCommon['circuitBreaker']>;

/** How one attempt ended, and when that was recorded (ms). */
export type AttemptOutcome = { readonly atMs: number; readonly ok: boolean };

/**
 * What the outcomes of a task have made of its circuit breaker. It knows no present: an opened breaker is open or half
 * open, depending on when it is looked at (`breakerAt`). Nothing in it grows with the number of outcomes.
 */
export type Breaker =
  /** The failures that may still be among those that open it, in order of time: fewer than `failures` of them. */
  | { readonly kind: 'closed'; readonly failedAtMs: readonly number[] }
  /** `passed`: attempts that have succeeded since it went half open. */
  | { readonly kind: 'opened'; readonly atMs: number; readonly passed: number };

export type BreakerState =
  | { readonly state: 'closed' }
  | { readonly state: 'open'; readonly untilMs: number }
  | { readonly state: 'half_open'; readonly probesLeft: number };

export const emptyBreaker: Breaker = { kind: 'closed', failedAtMs: [] };

/**
 * Folds one more outcome into a breaker. Outcomes are folded in the order of the journal, so that everybody comes to
 * the same state; their times are those of the machines that recorded them and may run backwards in between.
 */
export function withOutcome(breaker: Breaker, outcome: AttemptOutcome, policy: BreakerPolicy): Breaker {
  switch (breaker.kind) {
    case 'closed':
      return outcome.ok ? breaker : withFailure(breaker.failedAtMs, outcome.atMs, policy);
    case 'opened':
      return tried(breaker, outcome, policy);
  }
}

/** What a breaker is at a time: open for less than `openForMs`, half open from then on. */
export function breakerAt(breaker: Breaker, policy: BreakerPolicy, nowMs: number): BreakerState {
  if (breaker.kind === 'closed') return { state: 'closed' };
  const untilMs = breaker.atMs + policy.openForMs;
  if (nowMs < untilMs) return { state: 'open', untilMs };

  return { state: 'half_open', probesLeft: policy.halfOpen - breaker.passed };
}

/**
 * It opens at the latest failure, when enough failures are no older than `windowMs` by then. A failure that is told
 * late counts at its own time; one that is older than that is past, whenever it is told.
 */
function withFailure(known: readonly number[], atMs: number, policy: BreakerPolicy): Breaker {
  const latestMs = Math.max(atMs, known.at(-1) ?? atMs);
  const failedAtMs = [...known, atMs]
    .filter((one) => latestMs - one <= policy.windowMs)
    .sort((one, other) => one - other);

  return failedAtMs.length < policy.failures
    ? { kind: 'closed', failedAtMs }
    : { kind: 'opened', atMs: latestMs, passed: 0 };
}

/**
 * What ended while the breaker was open had begun before, and says nothing new. Whatever ends later counts: who let the
 * attempt through does not matter, whether it worked does.
 */
function tried(
  breaker: Extract<Breaker, { readonly kind: 'opened' }>,
  { atMs, ok }: AttemptOutcome,
  policy: BreakerPolicy,
): Breaker {
  if (atMs < breaker.atMs + policy.openForMs) return breaker;
  if (!ok) return { kind: 'opened', atMs, passed: 0 };
  const passed = breaker.passed + 1;

  return passed < policy.halfOpen ? { ...breaker, passed } : emptyBreaker;
}
