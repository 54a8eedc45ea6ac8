import type { Json } from '../../../events/canonical-json.ts';
import type { Transition } from '../../../events/record.ts';
import type { ExpectedRecord, Move, Scenario, ScenarioPart } from './scenario.ts';
import type { Happened, Scene } from './scene.ts';
import { take } from './take.ts';

/** Plays moves from a scene on and writes down what has to be recorded. Throws where a move means nothing. */
export function scenarioOf(name: string, first: Scene, moves: readonly Move[]): Scenario {
  const played: Played[] = [];
  let scene = first;
  for (const move of moves) {
    const next = take(scene, move);
    if (next === undefined)
      throw new Error(`scenario "${name}": ${JSON.stringify(move)} means nothing there`);
    played.push({ move, events: next.events });
    scene = next;
  }

  return writtenDown(name, played, scene);
}

/** A move, and what it led to. */
export type Played = { readonly move: Move; readonly events: readonly Happened[] };

/** The scenario of moves that were played, which led to a scene. */
export function writtenDown(name: string, played: readonly Played[], { run }: Scene): Scenario {
  const { state, chart } = run;
  const { status, output, error } = state;

  return {
    name,
    definition: chart.ref,
    parts: played.map(
      ({ move, events }): ScenarioPart => ({
        move,
        records: events.map(({ event, transitions }) => expectedRecord({ ...event.fact, transitions })),
      }),
    ),
    end: {
      status,
      ...(output === undefined ? {} : { output }),
      ...(error === undefined ? {} : { error }),
      tasks: Object.fromEntries(Object.entries(state.tasks).map(([id, task]) => [id, task.state])),
    },
  };
}

/** Who carried an attempt out and when it began is the world's, and so are the definitions of other runs. */
const incidental: ReadonlySet<string> = new Set(['startedAt', 'worker']);
const ofOthers: ReadonlySet<string> = new Set(['child.started', 'failure-workflow.started']);

/** What of a record has to be the same whenever a scenario is played. */
export function expectedRecord(record: {
  readonly type: string;
  readonly data: unknown;
  readonly transitions: readonly Transition[];
}): ExpectedRecord {
  const { type, transitions } = record;
  const members = Object.entries(record.data as Readonly<Record<string, Json>>);
  const kept = members.filter(
    ([name]) => !incidental.has(name) && !(ofOthers.has(type) && (name === 'definition' || name === 'input')),
  );

  return { type, fact: Object.fromEntries(kept), transitions };
}
