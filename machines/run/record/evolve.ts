import type { Fact } from '../../../events/catalogue.ts';
import type { Transition } from '../../../events/record.ts';
import type { Chart } from '../../chart/chart.ts';
import { descriptorOf } from '../../chart/chart-event.ts';
import { unbegun } from '../../chart/plan.ts';
import { localId, taskAt } from '../../chart/task-at.ts';
import type { Transitioned } from '../../chart/tasks/arrival.ts';
import { transition } from '../../chart/transition.ts';
import { spentAfter } from '../../models/budget.ts';
import { withRequest } from '../decide/decide.ts';
import { type Effect, effectsOfChanged, pendingEffects } from '../effects.ts';
import type { Run } from '../run.ts';

/** A fact with the time it happened (ISO 8601, UTC), who caused it, and by which request from outside. */
export type Event = {
  readonly fact: Fact;
  readonly time: string;
  readonly actor: string;
  readonly request?: string | undefined;
};

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
  const after = isOfItsDefinition(run, event.fact)
    ? transition(run.chart, before, { type: descriptorOf(event.fact), ...event })
    : undefined;
  if (after === undefined) throw new UnexplainedEvent(run, event.fact);
  const next = { ...run, state: withSpent(withRequest(after.state, event, run.sequence + 1), event.fact) };
  // A run that is resumed, turns to its conclusion, or goes on by another version asks for all that is to be done.
  const effects =
    before.phase === after.state.phase && event.fact.type !== 'run.migrated'
      ? effectsOfChanged(next, [...after.changed.keys()])
      : pendingEffects(next);

  return { run: next, transitions: transitionsOf(run, after), effects };
}

/** What models were asked for is counted whatever becomes of the task. */
function withSpent(state: Run['state'], fact: Fact): Run['state'] {
  const spent = spentAfter(state.spent, fact);
  const isAsked = fact.type === 'run.paused' && fact.data.budget === 'asked';
  if (spent === state.spent && !isAsked) return state;

  return { ...state, ...(spent === undefined ? {} : { spent }), ...(isAsked ? { budgetAsked: true } : {}) };
}

/** By another version the state would mean something else: only what migrates the run leads from one to the other. */
function isOfItsDefinition({ chart, state }: Run, { type, data }: Fact): boolean {
  const { hash } = chart.ref;

  return type === 'run.migrated' ? data.definition.hash === hash : state.definition.hash === hash;
}

function transitionsOf(
  { state: before, chart }: Run,
  { state: after, changed }: Transitioned,
): readonly Transition[] {
  const transitions: Transition[] = [];
  for (const [task, to] of changed) {
    // What is inside of a body is made when its pass is opened.
    const from = taskAt(before, task) ?? unbegun(isAside(chart, task));
    // A new attempt may enter the state it left, so its number tells as well.
    if (from.state !== to.state || from.attempt !== to.attempt) {
      transitions.push({ from: from.state, task, to: to.state });
    }
  }
  if (before.phase !== after.phase) transitions.push({ from: before.phase, to: after.phase });

  return transitions;
}

function isAside({ plan }: Chart, address: string): boolean {
  const place = plan.get(localId(address));

  return place?.undoes === true || place?.aside === true;
}
