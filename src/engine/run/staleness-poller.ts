import { backoffMs } from '../../lib/retry.ts';
import type { Clock } from '../../ports/clock.ts';

/** Looks at runs that nothing has happened to for a while: see Mailbox.look. */
export type StalenessPoller = {
  /** Something happened to the run. */
  readonly touch: (run: string) => void;
  readonly forget: (run: string) => void;
  readonly stop: () => void;
};

const everyMs = 2_000;
/** The first look comes after this, each further one after twice as long, up to the longest pause. */
const pauses = { firstMs: 2_000, mostMs: 60_000 };
/** Looks at the same time. */
const looksMax = 50;

type Idle = { readonly dueAt: number; readonly looks: number };

export function createStalenessPoller(clock: Clock, look: (run: string) => Promise<void>): StalenessPoller {
  const idle = new Map<string, Idle>();
  let cancel = clock.after(everyMs, round);
  let stopped = false;

  function round(): void {
    void lookAtDue().finally(() => {
      if (!stopped) cancel = clock.after(everyMs, round);
    });
  }

  async function lookAtDue(): Promise<void> {
    const now = clock.now();
    const due = [...idle].filter(([, { dueAt }]) => dueAt <= now);
    for (let begin = 0; begin < due.length && !stopped; begin += looksMax) {
      await Promise.all(due.slice(begin, begin + looksMax).map(([run, { looks }]) => lookAt(run, looks + 1)));
    }
  }

  /** The next look is set down before this one begins. */
  async function lookAt(run: string, looks: number): Promise<void> {
    lookLater(run, looks);
    await look(run);
  }

  function lookLater(run: string, looks: number): void {
    idle.set(run, { dueAt: clock.now() + backoffMs(pauses, looks), looks });
  }

  return {
    touch: (run) => lookLater(run, 0),
    forget: (run) => void idle.delete(run),
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
