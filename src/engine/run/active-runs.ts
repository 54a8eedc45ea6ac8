import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { type Effect, pendingEffects } from '../../../machines/run/effects.ts';
import type { Run } from '../../../machines/run/run.ts';
import { firstTimer } from '../../../machines/run/timers.ts';
import { withNames } from '../../../machines/task-names.ts';
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
import { createDueTimers, dueCommands, firstLeftMs, type Waking } from './due-timers.ts';
import type { EngineDeps } from './engine-deps.ts';
import { startFailureRun } from './failure-runs.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { createStalenessPoller } from './staleness-poller.ts';

/** The runs that this engine works on, each with its mailbox and its effects. */
export type ActiveRuns = {
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
  /** `aheadMs`: the time of the run less the steady clock's, where it is known. */
  readonly open: (id: string, loaded: LoadedRun, aheadMs?: number) => Mailbox;
  /** Starts everything that the run waits for. */
  readonly takeUp: (id: string, mailbox: Mailbox) => void;
  /** Fires the timers of the run that are due. */
  readonly fireDue: (mailbox: Mailbox) => Promise<void>;
  readonly tell: (run: Run) => void;
  readonly forget: (id: string) => void;
  /** Resolves when what was printed by attempts that were ended from outside is recorded. */
  readonly whenLogged: () => Promise<void>;
  readonly stop: () => void;
};

type ActiveRunsDeps = EngineDeps & {
  readonly charts: Charts;
  readonly reader: RunReader;
  readonly holders: AttemptClaims;
  readonly waking: Waking;
  /** Called now and then while nothing happens to the run. */
  readonly onQuiet: (id: string) => Promise<void>;
};

export function createActiveRuns(deps: ActiveRunsDeps, read: (id: string) => Promise<LoadedRun>): ActiveRuns {
  const mailboxes = new Map<string, Mailbox>();
  const breakers = createBreakers(deps);
  const snapshotKeeper = createSnapshotKeeper(deps);
  const followUp = createFollowUp({ ...deps, breakers });

  function open(id: string, loaded: LoadedRun, aheadMs?: number): Mailbox {
    const keepSnapshot = snapshotKeeper.of(loaded);
    const mailbox: Mailbox = createMailbox(loaded, {
      ...deps,
      aheadMs,
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
    fireDue: followUp.fireDue,
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
  readonly fireDue: (mailbox: Mailbox) => Promise<void>;
  /** A run changed: others may wait for that. */
  readonly changed: (run: Run) => void;
  /** Stops the work for a run without recording anything. */
  readonly drop: (run: string) => void;
  readonly whenLogged: () => Promise<void>;
  readonly stop: () => void;
};

type Submit = (command: Command) => Promise<void>;

function createFollowUp(deps: ActiveRunsDeps & { readonly breakers: Breakers }): FollowUp {
  const { clock } = deps;
  const here = createAttempts(deps);
  const attempts = deps.work === undefined ? here : createRemoteAttempts({ ...deps, work: deps.work }, here);
  const children = createChildren(deps);
  const rounds = createBackoffPoller(deps);
  const timers = createDueTimers(clock, deps.waking);
  const looks = createStalenessPoller(clock, lookAt);

  function event(mailbox: Mailbox, effects: readonly Effect[], dueAt: string | undefined): void {
    const run = mailbox.run();
    const id = run.state.run;
    attempts.settle(run);
    looks.touch(id);
    for (const effect of effects) carry(run, effect, (command) => inside(mailbox, command));
    timers.watch(id, dueAt, {
      leftMs: () => firstLeftMs(mailbox, clock),
      wake: () => fireDue(mailbox),
    });
  }

  async function fireDue(mailbox: Mailbox): Promise<void> {
    await Promise.all(dueCommands(mailbox, clock).map((command) => inside(mailbox, command)));
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
    await deps.onQuiet(id).catch((error: unknown) => deps.onTrouble(id, error));
  }

  return {
    event,
    whole: (mailbox) => {
      const run = mailbox.run();
      event(mailbox, pendingEffects(run), firstTimer(run)?.dueAt);
    },
    fireDue,
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
