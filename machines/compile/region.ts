import { assign } from 'xstate';
import type { Announcement, ChartEvent } from './chart-event.ts';
import type { ConfigPart, Region } from './config.ts';
import { readiness } from './join.ts';
import { alerted, ended, errorOf, lost, newAttempt, type Patch, troubled } from './patches.ts';
import type { Place } from './plan.ts';
import { reachable } from './reachable.ts';
import type { RunState, TaskState } from './run-state.ts';

/** An event on its way through the chart, with the run as it is at this moment of it. */
export type RegionEvent = ChartEvent & { readonly run: RunState };
/** What guards and actions of a region get from XState. */
export type RegionArgs = { readonly context: { readonly task: TaskState }; readonly event: RegionEvent };
export type Guard = (args: RegionArgs) => boolean;

/** Records that the task entered `state`, with what the event changes in it. */
export function enter(state: string, patch: Patch = (task) => task): ConfigPart {
  return change((task, event, run) => ({ ...patch(task, event, run), state }));
}

/** Changes what is known of the task without leaving its state. */
export function change(patch: Patch): ConfigPart {
  return assign(({ context, event }: RegionArgs) => ({
    task: patch(context.task, event, event.run),
  })) as unknown as ConfigPart;
}

/** Tells the rest of the chart, within the same event, what became of the task (see transition.ts). */
function announce(word: Announcement): ConfigPart {
  return { type: word };
}

/**
 * The region of a task: it waits for its dependencies and routers, then goes to `entry`; with a condition it waits
 * for that to be evaluated first. `states` are those of the task's type.
 */
export function regionOf(place: Place, entry: string, states: Readonly<Record<string, ConfigPart>>): Region {
  const first = place.task.when === undefined ? entry : 'conditional';

  return reachable({
    initial: 'waiting',
    states: {
      waiting: waitingState(place, first),
      conditional: conditionalState(place, entry),
      skipped: settledState('skipped', ended),
      ...states,
      ...sunkStates(place),
    },
  });
}

/** A state in which the task is settled: its dependents are told. */
export function settledState(state: string, patch: Patch): ConfigPart {
  return { entry: [enter(state, patch), announce('settled')] };
}

/**
 * Where a task goes when it finally fails: to its fallback, else, when it is optional, on with errors, else it
 * sinks and takes the run with it.
 */
export function sinking(place: Place, state: 'failed' | 'timed_out'): string {
  if (place.task.fallback.length > 0) return 'recovering';

  return place.task.optional ? 'completed_with_errors' : state;
}

/** Only the latest attempt may speak for the task. */
export const latest: Guard = ({ context, event }) => {
  const { data } = event.fact;

  return 'attempt' in data && data.attempt === context.task.attempt;
};

/** A time-out of policy `alert` is noted once and changes nothing else. */
export function alert(): ConfigPart {
  return { actions: change(alerted) };
}

/** Whether the policy grants another attempt after what the event tells. */
export const mayRetry =
  ({ task }: Place): Guard =>
  ({ context, event }) => {
    const error = errorOf(context.task, event);
    if (error === undefined || !error.retryable) return false;

    return context.task.attempt < task.retry.maxAttempts && !task.retry.nonRetryable.includes(error.code);
  };

/** A new attempt begins when its state is entered. */
export function enterAttempt(state: string): ConfigPart {
  return enter(state, newAttempt);
}

/** The states that `sinking` leads to. */
function sunkStates(place: Place): Readonly<Record<string, ConfigPart>> {
  const sunk = (state: string) => ({ entry: [enter(state, lost), announce('sunk'), announce('settled')] });

  return {
    recovering: recoveringState(place),
    completed_with_errors: settledState('completed_with_errors', recovered(place)),
    failed: sunk('failed'),
    timed_out: sunk('timed_out'),
  };
}

function waitingState(place: Place, first: string): ConfigPart {
  const is =
    (wanted: string): Guard =>
    ({ event }) =>
      readiness(place, event.run.tasks) === wanted;
  const start = { guard: is('start'), target: first };
  const look = [start, { guard: is('skip'), target: 'skipped' }];
  if (place.task.dependsOn.length + place.routers.length === 0) return { on: { 'run.started': start } };

  return { on: Object.fromEntries(awaited(place).map((announcement) => [announcement, look])) };
}

/** The announcements at which a waiting task looks whether it may start. */
export function awaited({ task, routers }: Place): readonly string[] {
  const fallbackOf = routers.filter((router) => router.kind === 'fallback');

  return [
    ...[...task.dependsOn, ...routers.map((router) => router.id)].map((id) => `settled.${id}`),
    ...fallbackOf.map((router) => `recover.${router.id}`),
  ];
}

function conditionalState(place: Place, entry: string): ConfigPart {
  const { id } = place.task;
  const holds: Guard = ({ event }) => event.fact.type === 'condition.evaluated' && event.fact.data.result;

  return {
    entry: enter('conditional'),
    on: {
      [`condition.evaluated.${id}`]: [{ guard: holds, target: entry }, { target: 'skipped' }],
      [`task.failed.${id}`]: { target: sinking(place, 'failed') },
    },
  };
}

function recoveringState(place: Place): ConfigPart {
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
function fallbackJoin({ task }: Place): Place {
  return { task: { ...task, dependsOn: task.fallback, join: 'all' }, routers: [] };
}

/** The result of the fallback stands in for the failed one: of one task its output, of several a map by id. */
function recovered({ task }: Place): Patch {
  return (state, event, run) => {
    const outputs = task.fallback.flatMap((id) => {
      const output = run.tasks[id]?.output;
      return output === undefined ? [] : [[id, output] as const];
    });
    if (outputs.length === 0) return lost(state, event, run);
    const [first] = outputs;
    const output = task.fallback.length === 1 && first !== undefined ? first[1] : Object.fromEntries(outputs);

    return { ...state, endedAt: event.time, output };
  };
}
