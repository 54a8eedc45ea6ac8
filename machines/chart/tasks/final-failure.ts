import { announce, type ConfigPart, enter, lost, settledState, taskErrorOf, troubled } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import type { Guard, Patch, RegionArgs } from '../region-event.ts';
import { readiness } from './join.ts';

/**
 * Where a task goes when it finally fails: to the tasks that its `catch` names, to its fallback, or, when it is
 * optional, on with errors. Else it sinks and takes the run with it.
 */
export function sinks(
  place: TaskPlace,
  end: 'failed' | 'timed_out',
  also: Guard = always,
): readonly ConfigPart[] {
  const { task } = place;
  const caught: Guard = (args) => also(args) && catcherOf(place, args) !== undefined;

  return [
    ...(task.catch.length === 0 ? [] : [{ guard: caught, target: 'caught' }]),
    { guard: also, target: floor(place, end) },
  ];
}

function floor({ task }: TaskPlace, end: 'failed' | 'timed_out'): string {
  if (task.fallback.length > 0) return 'recovering';

  return task.optional ? 'completed_with_errors' : end;
}

/** The states that `sinks` leads to. */
export function sunkStates(place: TaskPlace): Readonly<Record<string, ConfigPart>> {
  const sunk = (state: string) => ({ entry: [enter(state, lost), announce('sunk'), announce('settled')] });

  return {
    caught: settledState('caught', routed(place)),
    recovering: recoveringState(place),
    completed_with_errors: settledState('completed_with_errors', recovered(place)),
    failed: sunk('failed'),
    timed_out: sunk('timed_out'),
  };
}

const always: Guard = () => true;

/** The first clause that names the code of the error, or every code. */
function catcherOf({ task }: TaskPlace, { context, event }: RegionArgs): string | undefined {
  const code = taskErrorOf(context.task, event)?.code ?? '';

  return task.catch.find(({ errors }) => errors.includes(code) || errors.includes('*'))?.next;
}

function routed(place: TaskPlace): Patch {
  return (task, event) => {
    const next = catcherOf(place, { context: { task }, event });

    return { ...lost(task, event), ...(next === undefined ? {} : { caught: [next] }) };
  };
}

function recoveringState(place: TaskPlace): ConfigPart {
  const { task } = place;
  const stands: Guard = ({ event }) => readiness(fallbackJoin(place), event.run.tasks) === 'start';
  const fails: Guard = ({ event }) => readiness(fallbackJoin(place), event.run.tasks) === 'skip';
  const look = [
    { guard: stands, target: 'completed_with_errors' },
    { guard: fails, target: task.optional ? 'completed_with_errors' : 'failed' },
  ];

  return {
    entry: [enter('recovering', troubled), announce('recover')],
    on: Object.fromEntries(
      [`recover.${task.id}`, ...task.fallback.map((id) => `settled.${id}`)].map((word) => [word, look]),
    ),
  };
}

/** A task in recovery waits for its fallbacks as a task waits for its dependencies. */
function fallbackJoin({ task }: TaskPlace): TaskPlace {
  return { task: { ...task, dependsOn: task.fallback, join: 'all' }, routers: [], undoes: false };
}

/** The result of the fallback stands in for the failed one: of one task its output, of several a map by id. */
function recovered({ task }: TaskPlace): Patch {
  return (state, event) => {
    const outputs = task.fallback.flatMap((id) => {
      const output = event.run.tasks[id]?.output;
      return output === undefined ? [] : [[id, output] as const];
    });
    if (outputs.length === 0) return lost(state, event);
    const [first] = outputs;
    const output = task.fallback.length === 1 && first !== undefined ? first[1] : Object.fromEntries(outputs);

    return { ...state, endedAt: event.time, output };
  };
}
