import type { Command } from '../../machines/run/command.ts';
import { type Effect, pendingEffects } from '../../machines/run/effects.ts';
import type { Run } from '../../machines/run/run.ts';
import { nextTimer, timersOf } from '../../machines/run/timers.ts';
import { createAttempts } from './attempts.ts';
import { createDueTimers, dueCommands } from './due-timers.ts';
import type { EngineDeps } from './engine-deps.ts';
import { createIdleLooks } from './idle-looks.ts';
import type { Mailbox } from './mailbox.ts';

/** Does what follows from the state of a run: attempts, timers, evaluations. */
export type FollowUp = {
  /** What follows from the last event. */
  readonly event: (mailbox: Mailbox, effects: readonly Effect[], dueAt: string | undefined) => void;
  /** Everything that the run waits for: after a load, and after another writer moved it on. */
  readonly whole: (mailbox: Mailbox) => void;
  /** Ends what is under way for a run, without recording anything. */
  readonly drop: (run: string) => void;
  readonly stop: () => void;
};

export function createFollowUp(deps: EngineDeps, mailboxOf: (run: string) => Mailbox | undefined): FollowUp {
  const { clock } = deps;
  const attempts = createAttempts(deps);
  const timers = createDueTimers(clock);
  const looks = createIdleLooks(clock, lookAt);

  function event(mailbox: Mailbox, effects: readonly Effect[], dueAt: string | undefined): void {
    const run = mailbox.run();
    const id = run.state.run;
    attempts.settle(run);
    looks.touch(id);
    for (const effect of effects) carry(mailbox, run, effect);
    timers.watch(id, dueAt, () => {
      for (const command of dueCommands(mailbox.run(), clock.now())) void inside(mailbox, command);
    });
  }

  function carry(mailbox: Mailbox, run: Run, effect: Effect): void {
    if (effect.kind !== 'execute') {
      void inside(mailbox, effect);
      return;
    }
    const task = run.chart.plan.get(effect.task)?.task;
    if (task?.type !== 'SIMPLE' && task?.type !== 'TRANSFORM') return;
    attempts.begin(run, task, effect.attempt, (command) => inside(mailbox, command));
  }

  /** A command of the engine itself. Its refusal means that it was overtaken. */
  async function inside(mailbox: Mailbox, command: Command): Promise<void> {
    const { run } = mailbox.run().state;
    try {
      const outcome = await mailbox.submit(command, actorOf(command));
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
      event(mailbox, pendingEffects(run), nextTimer(timersOf(run))?.dueAt);
    },
    drop: (id) => {
      timers.forget(id);
      looks.forget(id);
      attempts.drop(id);
    },
    stop: () => looks.stop(),
  };
}

function actorOf(command: Command): string {
  return 'worker' in command ? `worker:${command.worker}` : 'engine';
}
