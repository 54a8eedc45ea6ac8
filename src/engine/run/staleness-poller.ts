import { mapAtOnce } from '../../lib/limit.ts';
import { backoffMs } from '../../lib/retry.ts';
import type { Clock } from '../../ports/clock.ts';

/** Polls runs that have been quiet for a while: see `Mailbox.look`. */
export type StalenessPoller = {
  /** The run has changed. */
  readonly touch: (run: string) => void;
  readonly forget: (run: string) => void;
  readonly stop: () => void;
};

const everyMs = 500;
/** Delay of the first poll, which then doubles up to the maximum. */
const pauses = { firstMs: 2_000, mostMs: 60_000 };
/** Concurrent polls. */
const looksMax = 4;
/**
 * Polls in one round: tens of thousands of quiet runs must not keep the others waiting, nor whoever reads a list during
 * a round. From 15,000 of them on, each waits longer than the maximum for its turn.
 */
const ofARoundMax = 125;

type Idle = { readonly run: string; readonly dueAt: number; readonly looks: number };

export function createStalenessPoller(clock: Clock, look: (run: string) => Promise<void>): StalenessPoller {
  /** By the pause before the poll: those that pause for the same time are due in the order in which they began to. */
  const idle = new Map<number, Map<string, Idle>>();
  let cancel = clock.after(everyMs, round);
  let stopped = false;

  function round(): void {
    void lookAtDue().finally(() => {
      if (!stopped) cancel = clock.after(everyMs, round);
    });
  }

  async function lookAtDue(): Promise<void> {
    const now = clock.steady();
    const due = [...idle.values()]
      .flatMap((paused) => firstDue(paused.values(), now))
      .sort((a, b) => a.dueAt - b.dueAt)
      .slice(0, ofARoundMax);
    await mapAtOnce(due, looksMax, async ({ run, looks }) => {
      if (!stopped) await lookAt(run, looks + 1);
    });
  }

  /** The next poll is scheduled before this one begins. */
  async function lookAt(run: string, looks: number): Promise<void> {
    lookLater(run, looks);
    await look(run);
  }

  function lookLater(run: string, looks: number): void {
    const pauseMs = backoffMs(pauses, looks);
    const paused = idle.get(pauseMs) ?? new Map<string, Idle>();
    forget(run);
    paused.set(run, { run, dueAt: clock.steady() + pauseMs, looks });
    idle.set(pauseMs, paused);
  }

  function forget(run: string): void {
    for (const paused of idle.values()) paused.delete(run);
  }

  return {
    touch: (run) => lookLater(run, 0),
    forget,
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}

/** No more than a round takes: of tens of thousands the rest is not even looked through. */
function firstDue(paused: Iterable<Idle>, now: number): readonly Idle[] {
  const due: Idle[] = [];
  for (const each of paused) {
    if (each.dueAt > now || due.length >= ofARoundMax) break;
    due.push(each);
  }

  return due;
}
