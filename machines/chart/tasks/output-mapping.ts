import { isBlobRef } from '../../../events/blob-ref.ts';
import type { Json } from '../../../events/canonical-json.ts';
import type { Task } from '../../task.ts';
import { type ConfigPart, change, enter, latest, markFinished, settledState } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import type { Guard, Patch } from '../region-event.ts';
import type { TaskState } from '../run/run-state.ts';
import { setbacks } from './attempt-failure.ts';
import { sinks } from './final-failure.ts';

/**
 * Whether the output that the chart makes for a task still has to be reshaped, held to what the task returns, or
 * written to a file: then it goes through `shaping` before it is settled.
 */
function reshapes({ output, outputTo, returns }: Task): boolean {
  return output?.kind === 'map' || outputTo !== undefined || returns !== undefined;
}

/** Where a task goes that has its result: to `completed`, or to where its result is shaped first. */
export function doneState({ task }: TaskPlace): 'completed' | 'shaping' {
  return reshapes(task) ? 'shaping' : 'completed';
}

/** The states that `doneState` leads to. `patch` makes the result. */
export function doneStates(place: TaskPlace, patch: Patch): Readonly<Record<string, ConfigPart>> {
  if (!reshapes(place.task)) return { completed: settledState('completed', unlessByHand(patch)) };

  return {
    shaping: shapingState(place, patch, [{ target: 'completed' }]),
    completed: settledState('completed', markFinished),
  };
}

/** Who completes a task by hand says what its output is. */
function unlessByHand(patch: Patch): Patch {
  return (task, event) => {
    const { fact, address } = event;
    const byHand = fact.type === 'task.resolved' && fact.data.task === address;

    return byHand ? markFinished(task, event) : patch(task, event);
  };
}

/** The same for a task that may end in several states: `ends` says which. */
export function shapedEnds(
  place: TaskPlace,
  patch: Patch,
  ends: readonly { readonly guard: Guard; readonly target: string }[],
): Readonly<Record<string, ConfigPart>> {
  if (!reshapes(place.task)) {
    return Object.fromEntries(ends.map(({ target }) => [target, settledState(target, patch)]));
  }

  return {
    shaping: shapingState(place, patch, ends),
    ...Object.fromEntries(ends.map(({ target }) => [target, settledState(target, markFinished)])),
  };
}

function shapingState(
  place: TaskPlace,
  patch: Patch,
  ends: readonly { readonly guard?: Guard; readonly target: string }[],
): ConfigPart {
  const { id } = place.task;
  const shaped = ({ guard }: { readonly guard?: Guard }): Guard =>
    guard === undefined ? latest : (args) => latest(args) && guard(args);

  return {
    entry: enter('shaping', (task, event) => ({ ...patch(task, event), attempt: numbered(task) })),
    on: {
      [`task.completed.${id}`]: ends.map((end) => ({ guard: shaped(end), target: end.target })),
      [`task.failed.${id}`]: place.task.returns === undefined ? sinks(place, 'failed', latest) : unfit(place),
    },
  };
}

/** Another run may give what the task returns; a signal is not asked for again. What did not fit is no output. */
function unfit(place: TaskPlace): readonly ConfigPart[] {
  const ways =
    place.task.type === 'SUB_WORKFLOW' ? setbacks(place, 'failed') : sinks(place, 'failed', latest);

  return ways.map((way) => ({
    ...way,
    actions: change(({ output: _unfit, endedAt: _not, ...task }) => task),
  }));
}

/** What makes its output within one event has no attempts; the shaping of it is one, with a number of its own. */
function numbered({ attempt, spent = 0 }: TaskState): number {
  return attempt > spent ? attempt : attempt + 1;
}

/** The way to one of several ends: there at once, or by way of the shaping of the result. */
export function targetOfEnd(place: TaskPlace, end: string): string {
  return reshapes(place.task) ? 'shaping' : end;
}

/** The output of a WAIT that a person completed with `data`, whose members stand above those of every WAIT. */
export function completedByHand(data: Json): Json {
  return { timed_out: false, signal: null, data, ...membersOf(data) };
}

/** The members of a mapping; of a large value, which is a reference here, they are added when it is read. */
export function membersOf(data: Json): Readonly<Record<string, Json>> {
  if (typeof data !== 'object' || data === null || Array.isArray(data) || isBlobRef(data)) return {};

  return data as Readonly<Record<string, Json>>;
}

/**
 * The output in which large values that came with signals give their members beside those of the WAITs, once they are
 * read. So it is with the outputs of others that are made of it.
 */
export function signalsSpread(output: Json): Json {
  if (typeof output !== 'object' || output === null || isBlobRef(output)) return output;
  if (Array.isArray(output)) return output.map(signalsSpread);
  const own: Readonly<Record<string, Json>> = Object.fromEntries(
    Object.entries(output).map(([name, each]) => [name, signalsSpread(each)]),
  );
  const { timed_out: late, data = null } = own;
  const given: Json = ['data', data];
  const said: Json = ['signal', own];

  return late === false && isBlobRef(data) ? { $blob: [given, said] } : own;
}
