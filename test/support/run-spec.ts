// given / when / then over the pure core: a run is driven by commands, as the engine would drive it, with a clock
// that only the test moves. What needs nothing from outside (evaluate, conclude) is done here at once. After every
// event it is checked that replaying the journal gives the same bytes, and that no work got lost (witness.ts).
import { expect } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../../machines/chart/chart.ts';
import type { TaskState } from '../../machines/chart/run/run-state.ts';
import { taskAt } from '../../machines/chart/task-at.ts';
import { statusOf } from '../../machines/chart/task-status.ts';
import type { Command } from '../../machines/run/decide/command.ts';
import { decide } from '../../machines/run/decide/decide.ts';
import { type Effect, pendingEffects } from '../../machines/run/effects.ts';
import { type Sealed, seal } from '../../machines/run/record/create-record.ts';
import { newRun, type Run } from '../../machines/run/run.ts';
import { timersOf } from '../../machines/run/timers.ts';
import { createWitness } from './witness.ts';

export type Driven = {
  readonly run: () => Run;
  readonly bodies: readonly string[];
  /** Every transition so far, as `task: from -> to`. */
  readonly trail: readonly string[];
  readonly does: (command: Command) => Driven;
  readonly refuses: (command: Command, code: string) => Driven;
  readonly completes: (task: string, output?: Json) => Driven;
  readonly fails: (task: string, code?: string, retryable?: boolean) => Driven;
  /** Moves the clock and fires what is then due. */
  readonly passes: (ms: number) => Driven;
  readonly statuses: () => Record<string, string>;
  /** The task at an address, which has to be there. */
  readonly at: (address: string) => TaskState;
  readonly effects: () => readonly string[];
  readonly isIn: (status: string) => Driven;
};

/** A run of the chart, started with this input. */
export function startedRun(chart: Chart, input: Record<string, Json> = {}): Driven {
  const driven = undrivenRun(chart);

  return driven.does({ kind: 'startRun', run: 'test-run', input });
}

export function undrivenRun(chart: Chart): Driven {
  let run = newRun(chart);
  let now = Date.parse('2026-01-01T00:00:00.000Z');
  const bodies: string[] = [];
  const trail: string[] = [];
  const witness = createWitness(chart);

  function take(command: Command): Sealed {
    const decision = decide(run, command);
    if (!decision.ok)
      throw new Error(`${command.kind} was refused: ${decision.refusal.code} ${decision.refusal.message}`);
    const sealed = seal(run, { fact: decision.fact, time: new Date(now).toISOString(), actor: 'test' });
    witness.sees(run, sealed);
    run = sealed.run;
    bodies.push(sealed.body);
    for (const { task, from, to } of sealed.transitions) trail.push(`${task ?? 'run'}: ${from} -> ${to}`);

    return sealed;
  }

  function settle(): void {
    for (let effect = inner(); effect !== undefined; effect = inner()) {
      take(effect.kind === 'conclude' ? { kind: 'conclude' } : { kind: 'evaluate', task: effect.task });
    }
  }

  function inner(): Extract<Effect, { kind: 'evaluate' | 'conclude' }> | undefined {
    return pendingEffects(run).flatMap((effect) =>
      effect.kind === 'evaluate' || effect.kind === 'conclude' ? [effect] : [],
    )[0];
  }

  const attemptOf = (task: string) => taskAt(run.state, task)?.attempt ?? 0;
  const by = () => ({ worker: 'tester', startedAt: new Date(now).toISOString() });

  const driven: Driven = {
    run: () => run,
    bodies,
    trail,
    does: (command) => {
      take(command);
      settle();
      return driven;
    },
    refuses: (command, code) => {
      const decision = decide(run, command);
      expect(decision.ok ? 'accepted' : decision.refusal.code).toBe(code);
      return driven;
    },
    completes: (task, output = {}) =>
      driven.does({ kind: 'completeTask', task, attempt: attemptOf(task), output, ...by() }),
    fails: (task, code = 'test.failed', retryable = true) => {
      const error = { code, message: `${task} failed`, retryable };
      return driven.does({ kind: 'failTask', task, attempt: attemptOf(task), error, ...by() });
    },
    passes: (ms) => {
      const until = now + ms;
      for (;;) {
        const due = timersOf(run)
          .filter(({ dueAt }) => Date.parse(dueAt) <= until)
          .sort((a, b) => a.dueAt.localeCompare(b.dueAt))[0];
        if (due === undefined) break;
        now = Math.max(now, Date.parse(due.dueAt));
        take({ kind: 'fireTimer', timer: due });
        settle();
      }
      now = until;
      return driven;
    },
    statuses: () =>
      Object.fromEntries(Object.entries(run.state.tasks).map(([id, task]) => [id, statusOf(task.state)])),
    at: (address) => {
      const task = taskAt(run.state, address);
      if (task === undefined) throw new Error(`the run has no task ${address}`);
      return task;
    },
    effects: () => pendingEffects(run).map(effectText),
    isIn: (status) => {
      expect(run.state.status).toBe(status);
      return driven;
    },
  };

  return driven;
}

/** `task#attempt` for an attempt to carry out; for other work its kind, with what it is about. */
function effectText(effect: Effect): string {
  switch (effect.kind) {
    case 'execute':
      return `${effect.task}#${effect.attempt}`;
    case 'delegate':
    case 'follow':
      return `${effect.kind} ${effect.task}#${effect.attempt}`;
    case 'abandon':
      return `${effect.orphan.how} ${effect.orphan.run}`;
    default:
      return effect.kind;
  }
}
