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
const pauseMsMin = 2_000;
const pauseMsMax = 60_000;
/** Looks at the same time. */
const looksMax = 50;

type Idle = { readonly dueAt: number; readonly pauseMs: number };

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
      await Promise.all(due.slice(begin, begin + looksMax).map(([run, { pauseMs }]) => lookAt(run, pauseMs)));
    }
  }

  async function lookAt(run: string, pauseMs: number): Promise<void> {
    const longer = Math.min(pauseMs * 2, pauseMsMax);
    idle.set(run, { dueAt: clock.now() + longer, pauseMs: longer });
    await look(run);
  }

  return {
    touch: (run) => void idle.set(run, { dueAt: clock.now() + pauseMsMin, pauseMs: pauseMsMin }),
    forget: (run) => void idle.delete(run),
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
