import { localId } from '../../machines/compile/address.ts';
import { isFinal } from '../../machines/compile/task-status.ts';
import type { Command } from '../../machines/run/command.ts';
import { type Effect, pendingEffects } from '../../machines/run/effects.ts';
import type { Run } from '../../machines/run/run.ts';
import { firstTimer } from '../../machines/run/timers.ts';
import { admit } from './admission.ts';
import { createAttempts } from './attempts.ts';
import type { Breakers } from './breakers.ts';
import type { Charts } from './charts.ts';
import { createChildren } from './children.ts';
import { createDueTimers, dueCommands } from './due-timers.ts';
import type { EngineDeps } from './engine-deps.ts';
import { startFailureRun } from './failure-runs.ts';
import type { Holders } from './holders.ts';
import { createIdleLooks } from './idle-looks.ts';
import type { Mailbox } from './mailbox.ts';
import { createRemoteAttempts } from './remote-attempts.ts';
import { createRounds } from './rounds.ts';

/** Does what follows from the state of a run: attempts, timers, evaluations, other runs. */
export type FollowUp = {
  /** What follows from the last event. */
  readonly event: (mailbox: Mailbox, effects: readonly Effect[], dueAt: string | undefined) => void;
  /** Everything that the run waits for: after a load, and after another writer moved it on. */
  readonly whole: (mailbox: Mailbox) => void;
  /** A run changed: others may wait for that. */
  readonly changed: (run: Run) => void;
  /** Ends what is under way for a run, without recording anything. */
  readonly drop: (run: string) => void;
  readonly stop: () => void;
};

type Submit = (command: Command) => Promise<void>;

export function createFollowUp(
  deps: EngineDeps & { readonly charts: Charts; readonly breakers: Breakers; readonly holders: Holders },
  mailboxOf: (run: string) => Mailbox | undefined,
): FollowUp {
  const { clock } = deps;
  const here = createAttempts(deps);
  const attempts = deps.work === undefined ? here : createRemoteAttempts({ ...deps, work: deps.work }, here);
  const children = createChildren(deps);
  const rounds = createRounds(deps);
  const timers = createDueTimers(clock);
  const looks = createIdleLooks(clock, lookAt);

  function event(mailbox: Mailbox, effects: readonly Effect[], dueAt: string | undefined): void {
    const run = mailbox.run();
    const id = run.state.run;
    attempts.settle(run);
    looks.touch(id);
    for (const effect of effects) carry(run, effect, (command) => inside(mailbox, command));
    timers.watch(id, dueAt, () => {
      for (const command of dueCommands(mailbox.run(), clock.now())) void inside(mailbox, command);
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
        if (task !== undefined) attempts.begin(run, { ...effect, task, address: effect.task }, submit);
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
        rounds.begin({ run: run.state.run, key: effect.kind, submit }, () => admit(deps, run, effect.key));
    }
  }

  /** A command of the engine itself. Its refusal means that it was overtaken. */
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
      // What it had under way is taken from whoever has it: afterwards nothing is known of it here.
      if (isFinal(run.state.status)) attempts.settle(run);
    },
    drop: (id) => {
      timers.forget(id);
      looks.forget(id);
      attempts.drop(id);
      children.drop(id);
      rounds.drop(id);
    },
    stop: () => {
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
