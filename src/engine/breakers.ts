import { type BreakerPolicy, type BreakerState, breakerAt } from '../../machines/run/breaker.ts';
import type { TaskCommon } from '../../machines/task-common.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journal } from '../ports/journal.ts';
import { createBreakerFollower, type FollowedBreaker } from './breaker-follower.ts';

/** Stops attempts at a task while too many of them fail, in whatever runs. */
export type Breakers = {
  /**
   * Whether an attempt may begin, and if not, when to ask again (ms). `attempt` is its key, `<run>/<task>/<attempt>`:
   * the same attempt may ask as often as it likes. Waits until the journal has been read as far back as the policy of
   * the task goes; rejects when it cannot be read.
   */
  readonly admit: (asked: {
    readonly definition: string;
    readonly task: GuardedTask;
    readonly attempt: string;
  }) => Promise<'now' | { readonly retryAtMs: number }>;
  /** What the breaker of a task is now, to be shown; undefined for a task that has none. */
  readonly state: (definition: string, task: GuardedTask) => Promise<BreakerState | undefined>;
  readonly stop: () => void;
};

type GuardedTask = Pick<TaskCommon, 'id' | 'circuitBreaker'>;

/** When to ask again while the attempts that were let through are still on their way. */
const lookAgainMs = 500;

/**
 * The journal is not read before a task with a circuit breaker is asked for. Every engine counts the attempts that it
 * lets through half open itself: with several engines on one journal there may be as many of each.
 */
export function createBreakers(deps: { readonly journal: Journal; readonly clock: Clock }): Breakers {
  const { clock } = deps;
  let follower = createBreakerFollower(deps);
  let stopped = false;

  /** Undefined when what was read came to nothing: all was stopped, or the journal could not be followed on. */
  async function find(key: string, policy: BreakerPolicy): Promise<FollowedBreaker | undefined> {
    if (follower.isOver() && !stopped) follower = createBreakerFollower(deps);
    const asked = follower;
    const found = await asked.follow(key, policy);

    return asked.isOver() ? undefined : found;
  }

  return {
    admit: async ({ definition, task, attempt }) => {
      const policy = task.circuitBreaker;
      if (policy === undefined) return 'now';
      const found = await find(`${definition}/${task.id}`, policy);
      const nowMs = clock.now();

      return found === undefined
        ? { retryAtMs: nowMs + lookAgainMs }
        : admitted(found, policy, { attempt, nowMs });
    },
    state: async (definition, task) => {
      const policy = task.circuitBreaker;
      if (policy === undefined) return undefined;
      const found = await find(`${definition}/${task.id}`, policy);

      return found === undefined ? undefined : shown(found, policy, clock.now());
    },
    stop: () => {
      stopped = true;
      follower.stop();
    },
  };
}

function admitted(
  { breaker, probes }: FollowedBreaker,
  policy: BreakerPolicy,
  { attempt, nowMs }: { readonly attempt: string; readonly nowMs: number },
): 'now' | { readonly retryAtMs: number } {
  const now = breakerAt(breaker, policy, nowMs);
  switch (now.state) {
    case 'closed':
      return 'now';
    case 'open':
      return { retryAtMs: now.untilMs };
    case 'half_open':
      forgetLost(probes, policy, nowMs);
      if (!probes.has(attempt) && probes.size >= now.probesLeft) return { retryAtMs: nowMs + lookAgainMs };
      if (!probes.has(attempt)) probes.set(attempt, nowMs);
      return 'now';
  }
}

function shown({ breaker, probes }: FollowedBreaker, policy: BreakerPolicy, nowMs: number): BreakerState {
  const now = breakerAt(breaker, policy, nowMs);
  if (now.state !== 'half_open') return now;
  forgetLost(probes, policy, nowMs);

  return { ...now, probesLeft: Math.max(now.probesLeft - probes.size, 0) };
}

/**
 * An attempt that was let through may never end: its run was terminated, say. After as long as the breaker was open
 * another one takes its place; so none of an earlier round, before it opened again, takes one in the next.
 */
function forgetLost(probes: Map<string, number>, { openForMs }: BreakerPolicy, nowMs: number): void {
  for (const [attempt, sinceMs] of probes) {
    if (nowMs - sinceMs >= openForMs) probes.delete(attempt);
  }
}
