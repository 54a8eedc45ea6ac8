import type { Command } from '../../machines/run/command.ts';
import type { Run } from '../../machines/run/run.ts';
import { timersOf } from '../../machines/run/timers.ts';
import type { Clock } from '../ports/clock.ts';

/** Wakes runs when one of their timers is due. What is due is always asked of the state of the run. */
export type DueTimers = {
  /** Wakes the run when `dueAt` has come, instead of what it waited for before. */
  readonly watch: (run: string, dueAt: string | undefined, wake: () => void) => void;
  readonly forget: (run: string) => void;
};

/**
 * The longest sleep. A clock that is set, or a machine that slept, is noticed after so long; Node's timers take no
 * more than 24 days anyway.
 */
const sleepMsMax = 30_000;

export function createDueTimers(clock: Clock): DueTimers {
  const sleeping = new Map<string, { readonly dueAt: string; readonly cancel: () => void }>();

  function forget(id: string): void {
    sleeping.get(id)?.cancel();
    sleeping.delete(id);
  }

  function watch(id: string, dueAt: string | undefined, wake: () => void): void {
    if (sleeping.get(id)?.dueAt === dueAt) return;
    forget(id);
    if (dueAt !== undefined) sleep(id, dueAt, wake);
  }

  function sleep(id: string, dueAt: string, wake: () => void): void {
    const leftMs = Date.parse(dueAt) - clock.now();
    const cancel = clock.after(Math.min(Math.max(leftMs, 0), sleepMsMax), () => {
      if (clock.now() < Date.parse(dueAt)) {
        sleep(id, dueAt, wake);
        return;
      }
      sleeping.delete(id);
      wake();
    });
    sleeping.set(id, { dueAt, cancel });
  }

  return { watch, forget };
}

/** The commands for the timers of a run that are due now. */
export function dueCommands(run: Run, nowMs: number): readonly Command[] {
  return timersOf(run)
    .filter(({ dueAt }) => Date.parse(dueAt) <= nowMs)
    .map((timer) => ({ kind: 'fireTimer', timer }));
}
