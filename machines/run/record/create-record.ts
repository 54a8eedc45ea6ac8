import { canonicalJson } from '../../../events/canonical-json.ts';
import { eventDefinition } from '../../../events/catalogue.ts';
import type { Head, Transition } from '../../../events/record.ts';
import type { Effect } from '../effects.ts';
import type { Run } from '../run.ts';
import { type Event, evolve } from './evolve.ts';
import { headAsIn, headOf } from './head.ts';
import { sealedMark, signed } from './record-text.ts';

/** A fact made into the next record of a run's journal. */
export type Sealed = {
  /** `<run>/<sequence>`. */
  readonly id: string;
  /** The canonical JSON of the record: what is stored, byte for byte. */
  readonly body: string;
  /** The run after the fact. */
  readonly run: Run;
  readonly transitions: readonly Transition[];
  readonly effects: readonly Effect[];
  /** When the first timer of the run is due; undefined when none runs. */
  readonly dueAt: string | undefined;
};

/**
 * Folds a fact and writes its record. The same run and event always give the same bytes. `written` is the head of a
 * record that is written again. Throws UnexplainedEvent.
 */
export function seal(run: Run, event: Event, written?: Head): Sealed {
  const { run: next, transitions, effects } = evolve(run, event);
  const id = `${next.state.run}/${run.sequence + 1}`;
  const head = written === undefined ? headOf(next) : headAsIn(written, next);
  // Keys in their canonical order, so that nothing has to be sorted.
  const unsigned = canonicalJson({
    actor: event.actor,
    // An older release would take what is sealed for what it stands for.
    critical: run.sequence === 0 && next.state.erasureKey !== undefined ? [sealedMark] : undefined,
    data: { fact: event.fact.data, head, ...listed(transitions) },
    datacontenttype: 'application/json',
    dataversion: eventDefinition(event.fact.type)?.version ?? 1,
    id,
    previoushash: run.hash,
    request: event.request,
    sequence: run.sequence + 1,
    source: `/3ox/${run.chart.ref.id}`,
    specversion: '1.0',
    subject: subjectOf(next, event),
    time: event.time,
    type: event.fact.type,
  });
  const { body, hash } = signed(unsigned);
  const { chart, state, aside } = next;

  return {
    id,
    body,
    run: { chart, state, sequence: run.sequence + 1, hash, time: event.time, aside },
    transitions,
    effects,
    dueAt: head.dueAt,
  };
}

/** The most transitions that one record lists: a body of a thousand items may open and end within one event. */
const transitionsMax = 2_000;

function listed(transitions: readonly Transition[]) {
  if (transitions.length <= transitionsMax) return { transitions };
  const omitted = transitions.length - transitionsMax;

  return { omitted, transitions: transitions.slice(0, transitionsMax) };
}

function subjectOf(run: Run, { fact }: Event): string {
  const task = 'task' in fact.data ? fact.data.task : undefined;

  return task ?? run.state.run;
}
