import type { Fact } from '../../events/catalogue.ts';
import type { Transition } from '../../events/record.ts';
import { descriptorOf } from '../compile/chart-event.ts';
import type { RunState } from '../compile/run-state.ts';
import { transition } from '../compile/transition.ts';
import { type Effect, effectsOf, pendingEffects } from './effects.ts';
import type { Run } from './run.ts';

/** A fact with the time it happened (ISO 8601, UTC) and who caused it. */
export type Event = { readonly fact: Fact; readonly time: string; readonly actor: string };

/** What a fact made of a run: its next state, the transitions on the way, and the work that now has to be done. */
export type Evolved = {
  readonly run: Run;
  readonly transitions: readonly Transition[];
  readonly effects: readonly Effect[];
};

/** A fact that no state of the chart takes: the journal was not written for this definition, or not by us. */
export class UnexplainedEvent extends Error {
  override readonly name = 'UnexplainedEvent';
  readonly code = 'run.unexplained-event';

  constructor({ state, sequence }: Run, fact: Fact) {
    super(
      `run ${state.run}: ${descriptorOf(fact)} does not fit the state ${state.phase} after event ${sequence}`,
    );
  }
}

/** Folds one fact into a run. Sequence and hash are those of its record: see `seal` and `fold`. */
export function evolve(run: Run, event: Event): Evolved {
  const before = run.state;
  const after = transition(run.chart, before, { type: descriptorOf(event.fact), ...event });
  if (after === undefined) throw new UnexplainedEvent(run, event.fact);
  const next = { ...run, state: after.state };
  // A run that is resumed, or turns to its conclusion, asks for all that was held back, not for what changed.
  const effects = before.phase === after.state.phase ? effectsOf(next, after.changed) : pendingEffects(next);

  return { run: next, transitions: transitionsOf(before, after.state, after.changed), effects };
}

function transitionsOf(before: RunState, after: RunState, changed: readonly string[]): readonly Transition[] {
  const transitions: Transition[] = [];
  for (const task of changed) {
    const from = before.tasks[task];
    const to = after.tasks[task];
    if (from === undefined || to === undefined) continue;
    // A new attempt may enter the state it left, so its number tells as well.
    if (from.state !== to.state || from.attempt !== to.attempt) {
      transitions.push({ from: from.state, task, to: to.state });
    }
  }
  if (before.phase !== after.phase) transitions.push({ from: before.phase, to: after.phase });

  return transitions;
}
