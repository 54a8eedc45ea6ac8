import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { type Effect, pendingEffects } from '../../../machines/run/effects.ts';
import type { Run } from '../../../machines/run/run.ts';
import { firstTimer, type Timer, timersOf } from '../../../machines/run/timers.ts';
import { withNames } from '../../../machines/task-names.ts';
import { delay, within } from '../../lib/deadline.ts';
import { createTurns } from '../../lib/turns.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AttemptClaims } from '../attempts/attempt-claims.ts';
import { createAttempts } from '../attempts/attempts.ts';
import { type Breakers, createBreakers } from '../attempts/breakers.ts';
import { createRemoteAttempts } from '../attempts/remote-attempts.ts';
import type { Charts } from '../run-reader/charts.ts';
import type { LoadedRun, RunReader } from '../run-reader/run-reader.ts';
import { createSnapshotKeeper } from '../run-reader/snapshot-keeper.ts';
import { admitByLimit, leave } from './admission.ts';
import { createBackoffPoller } from './backoff-poller.ts';
import { createChildren } from './child-runs.ts';
import type { EngineDeps } from './engine-deps.ts';
import { startFailureRun } from './failure-runs.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { createStalenessPoller } from './staleness-poller.ts';

/**
 * The longest sleep: after this, a clock that was set or a machine that slept is noticed. Node's timers are limited
 * to 24 days anyway.
 */
const sleepMsMax = 30_000;

/** The runs that this engine works on, each with its mailbox and its effects. */
export type ActiveRuns = {
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
  readonly open: (id: string, loaded: LoadedRun) => Mailbox;
  /** Starts everything that the run waits for. */
  readonly takeUp: (id: string, mailbox: Mailbox) => void;
  readonly tell: (run: Run) => void;
  readonly forget: (id: string) => void;
  /** Resolves when what was printed by attempts that were ended from outside is recorded. */
  readonly whenLogged: () => Promise<void>;
  readonly stop: () => void;
};

export function createActiveRuns(
  deps: EngineDeps & { readonly charts: Charts; readonly reader: RunReader; readonly holders: AttemptClaims },
  read: (id: string) => Promise<LoadedRun>,
): ActiveRuns {
  const mailboxes = new Map<string, Mailbox>();
  const breakers = createBreakers(deps);
  const snapshotKeeper = createSnapshotKeeper(deps);
  const followUp = createFollowUp({ ...deps, breakers }, (id) => mailboxes.get(id));

  function open(id: string, loaded: LoadedRun): Mailbox {
    const keepSnapshot = snapshotKeeper.of(loaded);
    const mailbox: Mailbox = createMailbox(loaded, {
      ...deps,
      reload: () => read(id),
      onAppended: ({ run, effects, dueAt }, position) => {
        if (goesOn(id, mailbox)) followUp.event(mailbox, effects, dueAt);
        // Last, so that nothing waits for it.
        keepSnapshot(run, position);
      },
      onReloaded: () => takeUp(id, mailbox),
      onStalled: (error) => deps.onTrouble(id, error),
      onDamaged: (error) => {
        // The next request reads the run again: what was wrong may be repaired by then.
        if (mailboxes.get(id) === mailbox) forget(id);
        deps.onTrouble(id, error);
      },
    });
    mailboxes.set(id, mailbox);

    return mailbox;
  }

  function takeUp(id: string, mailbox: Mailbox): void {
    if (goesOn(id, mailbox)) followUp.whole(mailbox);
  }

  /** Publishes the new state of a run. Returns whether this engine has anything left to do for it. */
  function goesOn(id: string, mailbox: Mailbox): boolean {
    const run = mailbox.run();
    tell(run);
    followUp.changed(run);
    if (isFinal(run.state.status)) void leave(deps, run).catch((error: unknown) => deps.onTrouble(id, error));
    // A run that was released during its last append may belong to another engine by now.
    if (mailboxes.get(id) !== mailbox) return false;
    if (!isFinal(run.state.status)) return true;
    forget(id);

    return false;
  }

  /** An error of a listener must not keep the effects of an event from being carried out. */
  function tell(run: Run): void {
    try {
      deps.onChange(run);
    } catch (error) {
      deps.onTrouble(run.state.run, error);
    }
  }

  function forget(id: string): void {
    followUp.drop(id);
    mailboxes.delete(id);
  }

  return {
    mailboxes,
    open,
    takeUp,
    tell,
    forget,
    whenLogged: followUp.whenLogged,
    stop: () => {
      followUp.stop();
      snapshotKeeper.stop();
      breakers.stop();
    },
  };
}

/** Carries out the effects of a run's state: attempts, timers, evaluations, child runs. */
type FollowUp = {
  /** The effects of the last event. */
  readonly event: (mailbox: Mailbox, effects: readonly Effect[], dueAt: string | undefined) => void;
  /** Everything that the run waits for: after loading it, and after another writer appended to it. */
  readonly whole: (mailbox: Mailbox) => void;
  /** A run changed: others may wait for that. */
  readonly changed: (run: Run) => void;
  /** Stops the work for a run without recording anything. */
  readonly drop: (run: string) => void;
  readonly whenLogged: () => Promise<void>;
  readonly stop: () => void;
};

type Submit = (command: Command) => Promise<void>;

function createFollowUp(
  deps: EngineDeps & {
    readonly charts: Charts;
    readonly reader: RunReader;
    readonly breakers: Breakers;
    readonly holders: AttemptClaims;
  },
  mailboxOf: (run: string) => Mailbox | undefined,
): FollowUp {
  const { clock } = deps;
  const here = createAttempts(deps);
  const attempts = deps.work === undefined ? here : createRemoteAttempts({ ...deps, work: deps.work }, here);
  const children = createChildren(deps);
  const rounds = createBackoffPoller(deps);
  const timers = createDueTimers(clock);
  const looks = createStalenessPoller(clock, lookAt);

  function event(mailbox: Mailbox, effects: readonly Effect[], dueAt: string | undefined): void {
    const run = mailbox.run();
    const id = run.state.run;
    attempts.settle(run);
    looks.touch(id);
    for (const effect of effects) carry(run, effect, (command) => inside(mailbox, command));
    timers.watch(id, dueAt, {
      leftMs: () => firstLeftMs(mailbox, clock),
      wake: async () => {
        await Promise.all(dueCommands(mailbox, clock).map((command) => inside(mailbox, command)));
      },
    });
  }

  function carry(run: Run, effect: Effect, submit: Submit): void {
    switch (effect.kind) {
      case 'evaluate':
      case 'conclude':
        void submit(effect);
        return;
      case 'execute': {
        const task = run.chart.plan.get(localId(effect.task))?.task;
        if (task === undefined) return;
        const named = withNames(task, taskAt(run.state, effect.task)?.names);
        attempts.begin(run, { ...effect, task: named, address: effect.task }, submit);
        return;
      }
      case 'delegate':
        children.delegate(run, effect, submit);
        return;
      case 'follow':
        children.follow(run, effect, submit);
        return;
      case 'abandon':
        children.abandon(run, effect.orphan, submit);
        return;
      case 'startFailureWorkflow':
        rounds.begin({ run: run.state.run, key: effect.kind, submit }, () => startFailureRun(deps, run));
        return;
      case 'admit':
        rounds.begin({ run: run.state.run, key: effect.kind, submit }, () =>
          admitByLimit(deps, run, effect.key),
        );
    }
  }

  /** Submits a command of the engine itself. A refusal means that it is out of date. */
  async function inside(mailbox: Mailbox, command: Command): Promise<void> {
    const { run } = mailbox.run().state;
    try {
      const outcome = await mailbox.submit(command, { actor: actorOf(command) });
      if (!outcome.ok && outcome.refusal.code === 'command.too-large') deps.onTrouble(run, outcome.refusal);
    } catch (error) {
      deps.onTrouble(run, error);
    }
  }

  async function lookAt(id: string): Promise<void> {
    const looked = mailboxOf(id)?.look();
    await looked?.catch((error: unknown) => deps.onTrouble(id, error));
  }

  return {
    event,
    whole: (mailbox) => {
      const run = mailbox.run();
      event(mailbox, pendingEffects(run), firstTimer(run)?.dueAt);
    },
    changed: (run) => {
      children.changed(run);
      // Attempts in progress are taken from their holders: this engine knows nothing of them afterwards.
      if (isFinal(run.state.status)) attempts.settle(run);
    },
    drop: (id) => {
      timers.forget(id);
      looks.forget(id);
      attempts.drop(id);
      children.drop(id);
      rounds.drop(id);
    },
    whenLogged: here.whenLogged,
    stop: () => {
      here.stop();
      attempts.stop?.();
      looks.stop();
      children.stop();
      rounds.stop();
    },
  };
}

function actorOf(command: Command): string {
  return 'worker' in command ? `worker:${command.worker}` : 'engine';
}

/** Wakes runs when a timer is due. Which timers are due is always read from the state of the run. */
type DueTimers = {
  /** Wakes the run when it is `dueAt` by its time, replacing its previous wake-up. */
  readonly watch: (run: string, dueAt: string | undefined, sleeper: Sleeper) => void;
  readonly forget: (run: string) => void;
};

/** `leftMs`: until the first timer of the run is due. */
type Sleeper = { readonly leftMs: () => number; readonly wake: () => Promise<void> };

type Wake = () => Promise<void>;

/** Runs that are due in the same millisecond: one timer for all, or they would all go off in one stretch. */
type DueTogether = { readonly runs: Map<string, Wake>; readonly cancel: () => void };

function createDueTimers(clock: Clock): DueTimers {
  const sleeping = new Map<string, DueTogether & { readonly dueAt: string }>();
  const byMs = new Map<number, DueTogether>();
  const waking = createWaking(clock);

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

/** So many runs are woken together: a batch of the journal holds all their records, and costs little more than one. */
const waveMax = 200;
/** A run that cannot record that its timer fired keeps the others back no longer. */
const wakingMsMax = 1_000;
/** Between two waves the journal is for others, for so much of the time that the last one took. */
const restShare = 0.3;
const restMsMax = 100;

/** Wakes runs in order, wave by wave. */
function createWaking(clock: Clock) {
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

type Timed = Pick<Mailbox, 'run' | 'timeMs'>;

/** Commands for the timers of a run that are due. */
function dueCommands(timed: Timed, clock: Clock): readonly Command[] {
  return timersOf(timed.run())
    .filter((timer) => leftMs(timed, timer, clock) <= 0)
    .map((timer) => ({ kind: 'fireTimer', timer }));
}

/** The first timer is the one that is due first, unless the clock was set and some go by the calendar. */
function firstLeftMs(timed: Timed, clock: Clock): number {
  const run = timed.run();
  const wasSet = Math.abs(timed.timeMs() - clock.now()) > apartMsMin;
  const timers = wasSet ? timersOf(run) : [firstTimer(run)];

  return Math.min(...timers.flatMap((timer) => (timer === undefined ? [] : [leftMs(timed, timer, clock)])));
}

/** A wait until a time of the calendar goes by the clock on the wall, everything else by the time of the run. */
function leftMs({ run, timeMs }: Timed, { timer, task: address, dueAt }: Timer, clock: Clock): number {
  const task = address === undefined ? undefined : run().chart.plan.get(localId(address))?.task;
  const isOfCalendar = timer === 'wait.elapsed' && task?.type === 'WAIT' && task.until !== undefined;

  return Date.parse(dueAt) - (isOfCalendar ? clock.now() : timeMs());
}
