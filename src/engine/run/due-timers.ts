import { localId } from '../../../machines/chart/task-at.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import type { Run } from '../../../machines/run/run.ts';
import { firstTimer, type Timer, timersOf } from '../../../machines/run/timers.ts';
import { delay, within } from '../../lib/deadline.ts';
import { createTurns } from '../../lib/turns.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Mailbox } from './mailbox.ts';

/**
 * The longest sleep: after this, a clock that was set or a machine that slept is noticed. Node's timers are limited
 * to 24 days anyway.
 */
export const sleepMsMax = 30_000;

/** Wakes runs when a timer is due. Which timers are due is always read from the state of the run. */
export type DueTimers = {
  /** Wakes the run when it is `dueAt` by its time, replacing its previous wake-up. */
  readonly watch: (run: string, dueAt: string | undefined, sleeper: Sleeper) => void;
  readonly forget: (run: string) => void;
};

/** `leftMs`: until the first timer of the run is due. */
type Sleeper = { readonly leftMs: () => number; readonly wake: () => Promise<void> };

export type Wake = () => Promise<void>;

/** Runs that are due in the same millisecond: one timer for all, or they would all go off in one stretch. */
type DueTogether = { readonly runs: Map<string, Wake>; readonly cancel: () => void };

export function createDueTimers(clock: Clock, waking: Waking): DueTimers {
  const sleeping = new Map<string, DueTogether & { readonly dueAt: string }>();
  const byMs = new Map<number, DueTogether>();

  function forget(id: string): void {
    const asleep = sleeping.get(id);
    sleeping.delete(id);
    asleep?.runs.delete(id);
    if (asleep?.runs.size === 0) asleep.cancel();
  }

  function watch(id: string, dueAt: string | undefined, sleeper: Sleeper): void {
    if (sleeping.get(id)?.dueAt === dueAt) return;
    forget(id);
    if (dueAt !== undefined) sleep(id, dueAt, sleeper);
  }

  function sleep(id: string, dueAt: string, sleeper: Sleeper): void {
    const together = togetherAt(clock.steady() + Math.min(Math.max(sleeper.leftMs(), 0), sleepMsMax));
    sleeping.set(id, { ...together, dueAt });
    together.runs.set(id, async () => {
      sleeping.delete(id);
      if (sleeper.leftMs() > 0) sleep(id, dueAt, sleeper);
      else await sleeper.wake();
    });
  }

  function togetherAt(steadyMs: number): DueTogether {
    const atMs = Math.ceil(steadyMs);
    const known = byMs.get(atMs);
    if (known !== undefined) return known;
    const runs = new Map<string, Wake>();
    const cancelTimer = clock.after(atMs - clock.steady(), () => {
      byMs.delete(atMs);
      waking.add(runs);
    });
    const cancel = (): void => {
      cancelTimer();
      waking.forget(runs);
      if (byMs.get(atMs)?.runs === runs) byMs.delete(atMs);
    };
    byMs.set(atMs, { runs, cancel });

    return { runs, cancel };
  }

  return { watch, forget };
}

/** Wakes runs that are due, in waves. */
export type Waking = {
  readonly add: (runs: Map<string, Wake>) => void;
  /** Those that still wait for their turn are left asleep. */
  readonly forget: (runs: Map<string, Wake>) => void;
};

/**
 * So many runs are woken together: their records come into one batch of the journal. Their answers come in one packet,
 * too, so that all of a wave is worked off in one stretch: 200 of them blocked the event loop for 70 to 110 ms.
 */
const waveMax = 64;
/** A run that cannot record that its timer fired keeps the others back no longer. */
const wakingMsMax = 1_000;
/** Between two waves the journal is for others, for so much of the time that the last one took. */
const restShare = 0.5;
const restMsMax = 100;

/** Wakes runs in order, wave by wave. */
export function createWaking(clock: Clock): Waking {
  const due = new Set<Map<string, Wake>>();
  let isWaking = false;

  async function wakeAll(): Promise<void> {
    isWaking = true;
    while (due.size > 0) {
      const beganMs = clock.steady();
      await wakeWave();
      const restMs = Math.min((clock.steady() - beganMs) * restShare, restMsMax);
      if (due.size > 0 && restMs >= 1) await delay(clock, restMs);
    }
    isWaking = false;
  }

  async function wakeWave(): Promise<void> {
    const turn = createTurns(() => clock.steady());
    const woken: Promise<unknown>[] = [];
    for (const wake of takeDue()) {
      woken.push(within(clock, wakingMsMax, wake()));
      if (woken.length >= waveMax) break;
      await turn();
    }
    await Promise.all(woken);
  }

  function* takeDue(): Generator<Wake> {
    for (const runs of due) {
      for (const [id, wake] of runs) {
        runs.delete(id);
        if (runs.size === 0) due.delete(runs);
        yield wake;
      }
    }
  }

  return {
    add: (runs: Map<string, Wake>): void => {
      due.add(runs);
      if (!isWaking) void wakeAll();
    },
    forget: (runs: Map<string, Wake>): void => void due.delete(runs),
  };
}

/** Two looks at one clock are less apart. */
const apartMsMin = 500;

export type Timed = Pick<Mailbox, 'run' | 'timeMs'>;

/** Commands for the timers of a run that are due. */
export function dueCommands(timed: Timed, clock: Clock): readonly Command[] {
  return timersOf(timed.run())
    .filter((timer) => leftMs(timed, timer, clock) <= 0)
    .map((timer) => ({ kind: 'fireTimer', timer }));
}

/** The first timer is the one that is due first, unless the clock was set and some go by the calendar. */
export function firstLeftMs(timed: Timed, clock: Clock): number {
  const run = timed.run();
  const wasSet = Math.abs(timed.timeMs() - clock.now()) > apartMsMin;
  const timers = wasSet ? timersOf(run) : [firstTimer(run)];

  return Math.min(...timers.flatMap((timer) => (timer === undefined ? [] : [leftMs(timed, timer, clock)])));
}

/** A wait until a time of the calendar goes by the clock on the wall, everything else by the time of the run. */
function leftMs({ run, timeMs }: Timed, timer: Timer, clock: Clock): number {
  return Date.parse(timer.dueAt) - (isOfCalendar(run(), timer) ? clock.now() : timeMs());
}

function isOfCalendar({ chart }: Run, { timer, task: address }: Timer): boolean {
  const task = address === undefined ? undefined : chart.plan.get(localId(address))?.task;

  return timer === 'wait.elapsed' && task?.type === 'WAIT' && task.until !== undefined;
}

/** When a run is to be woken: by the steady clock, or by the one on the wall, whichever comes first. */
export type WakeTimes = { readonly steadyMs?: number; readonly wallMs?: number };

export function wakeTimes({ run, timeMs }: Timed, clock: Clock): WakeTimes {
  const times: { steadyMs?: number; wallMs?: number } = {};
  for (const timer of timersOf(run())) {
    const dueMs = Date.parse(timer.dueAt);
    if (isOfCalendar(run(), timer)) times.wallMs = Math.min(times.wallMs ?? dueMs, dueMs);
    else {
      const steadyMs = clock.steady() + dueMs - timeMs();
      times.steadyMs = Math.min(times.steadyMs ?? steadyMs, steadyMs);
    }
  }

  return times;
}
