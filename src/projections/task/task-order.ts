import { excludedFrom } from '../../../machines/agents/authority.ts';
import { planOf, type TaskPlace } from '../../../machines/chart/plan.ts';
import type { Body, RunState, TaskState, TaskStatus } from '../../../machines/chart/run/run-state.ts';
import { bodyPrefix } from '../../../machines/chart/task-at.ts';
import { isSettled, statusOf } from '../../../machines/chart/task-status.ts';
import { itemsOf } from '../../../machines/chart/tasks/body.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { Task } from '../../../machines/task.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { tellingPasses } from '../run/passes.ts';
import { shownType } from './shown-type.ts';
import { attemptsMaxOf, noteOfTask, type TaskGlance } from './state-note.ts';

/** A task of a run, and how deep it stands inside of others. */
export type TaskAt = {
  readonly address: string;
  readonly task: Task;
  readonly state: TaskState;
  readonly depth: number;
};

const plans = new WeakMap<Definition, ReadonlyMap<string, TaskPlace>>();

/** The places of all tasks of a definition, those inside of others included, in its order. */
export function placesOf(definition: Definition): ReadonlyMap<string, TaskPlace> {
  const plan = plans.get(definition) ?? planOf(definition);
  plans.set(definition, plan);

  return plan;
}

type Seen = Pick<RunView, 'definition' | 'state'>;

/** The tasks of the run itself in the order of the definition; those in branches of a FORK follow it. */
export function tasksInOrder({ definition, state }: Seen): readonly TaskAt[] {
  return listed(placesOf(definition), state.tasks, { prefix: '', depth: 0, owner: undefined });
}

/** The most passes of one task that are shown, however many tasks there are inside of them. */
const passesShownMax = 10;

/** The same, each followed by the tasks of those passes through its body that are under way or went wrong. */
export function shownTasks(view: Seen): readonly TaskAt[] {
  const places = placesOf(view.definition);

  return tasksInOrder(view).flatMap((at) => [at, ...inside(places, at, passesShownMax)]);
}

/** The same, each followed by the tasks of every pass that is kept, be it one of an earlier attempt. */
export function everyTask(view: Seen): readonly TaskAt[] {
  const places = placesOf(view.definition);

  return tasksInOrder(view).flatMap((at) => [at, ...everyInside(places, at)]);
}

function everyInside(places: ReadonlyMap<string, TaskPlace>, at: TaskAt): readonly TaskAt[] {
  return bodiesOf(at.state).flatMap(([attempt, body]) =>
    [...itemsOf(body)].flatMap(([index, { tasks = {} }]) =>
      tasksOfPass(places, at, { attempt, index, tasks }).flatMap((each) => [
        each,
        ...everyInside(places, each),
      ]),
    ),
  );
}

function bodiesOf({ attempt, body, earlier = {} }: TaskState): readonly (readonly [number, Body])[] {
  const before = Object.entries(earlier).map(([number, each]) => [Number(number), each] as const);

  return body === undefined ? before : [...before, [attempt, body]];
}

function inside(places: ReadonlyMap<string, TaskPlace>, at: TaskAt, passesMax: number): readonly TaskAt[] {
  const passes = tellingPasses(at.state, passesMax);
  // A loop of one pass leaves all the room to what is in it.
  const innerMax = Math.floor(passesMax / Math.max(1, passes.length));

  return passes.flatMap(({ index, item }) =>
    tasksOfPass(places, at, { attempt: at.state.attempt, index, tasks: item.tasks ?? {} }).flatMap((each) => [
      each,
      ...inside(places, each, innerMax),
    ]),
  );
}

type Pass = { readonly attempt: number; readonly index: number; readonly tasks: RunState['tasks'] };

/** The tasks of one pass through the body of a task, in the order of the definition. */
function tasksOfPass(
  places: ReadonlyMap<string, TaskPlace>,
  { address, task, depth }: TaskAt,
  { attempt, index, tasks }: Pass,
): readonly TaskAt[] {
  const outer = address.slice(0, address.length - task.id.length);
  const prefix = bodyPrefix(outer, { id: task.id, attempt, index });

  return listed(places, tasks, { prefix, depth: depth + 1, owner: task.id });
}

type Where = { readonly prefix: string; readonly depth: number; readonly owner: string | undefined };

function listed(
  places: ReadonlyMap<string, TaskPlace>,
  tasks: RunState['tasks'],
  { prefix, depth, owner }: Where,
): readonly TaskAt[] {
  return [...places].flatMap(([id, place]) => {
    const state = place.owner === owner ? tasks[id] : undefined;
    if (state === undefined) return [];

    return [
      { address: `${prefix}${id}`, task: place.task, state, depth: depth + forksAround(places, place) },
    ];
  });
}

function forksAround(places: ReadonlyMap<string, TaskPlace>, { branch }: TaskPlace): number {
  const fork = branch === undefined ? undefined : places.get(branch.of);

  return fork === undefined ? 0 : 1 + forksAround(places, fork);
}

/**
 * One task as a line of a progress display shows it. `id` is its address, `depth` how deep it stands inside of others,
 * `elapsedMs` is absent before the task has started.
 */
export type TaskLine = {
  readonly id: string;
  readonly depth: number;
  readonly type: string;
  readonly status: TaskStatus;
  readonly attempt: number;
  readonly attemptsMax: number;
  readonly elapsedMs?: number;
  readonly note: string;
};

/**
 * The tasks of a run in the order of the definition; of what a FORK or a loop works on, some passes that are under way
 * or failed. `nowMs` is what running tasks are measured against.
 */
export function taskLines(view: RunView, nowMs: number): readonly TaskLine[] {
  const waits = new Map(view.waitsFor.map(({ task, reason }) => [task, reason]));
  const undone = undoneBy(view);

  return shownTasks(view).map((at) =>
    lineOf(at, {
      task: at.task,
      state: at.state,
      status: statusOf(at.state.state),
      nowMs,
      waitsFor: waits.get(at.address) ?? '',
      undoes: undone.get(at.task.id) ?? [],
      excluded: at.task.type === 'HUMAN' ? excludedFrom(view.state, at.address, at.task) : [],
    }),
  );
}

/** How far a run is: tasks that will not change any more, of all. */
export function progressOf(view: RunView): { readonly settled: number; readonly taskCount: number } {
  const tasks = Object.values(view.state.tasks);

  return { settled: tasks.filter(isSettled).length, taskCount: tasks.length };
}

/** The tasks that each task undoes. */
function undoneBy({ definition }: RunView): ReadonlyMap<string, readonly string[]> {
  const undone = new Map<string, string[]>();
  for (const [id, { task }] of placesOf(definition)) {
    if (task.compensate !== undefined)
      undone.set(task.compensate, [...(undone.get(task.compensate) ?? []), id]);
  }

  return undone;
}

function lineOf({ address, depth, task, state }: TaskAt, look: TaskGlance): TaskLine {
  const { status, nowMs } = look;
  const waits = status === 'PENDING_APPROVAL' || status === 'WAITING';
  const from = state.startedAt ?? (waits ? state.scheduledAt : undefined);
  const to = state.endedAt === undefined ? nowMs : Date.parse(state.endedAt);

  return {
    id: address,
    depth,
    type: shownType(task),
    status,
    attempt: state.attempt,
    attemptsMax: attemptsMaxOf(look),
    ...(from === undefined ? {} : { elapsedMs: Math.max(0, to - Date.parse(from)) }),
    note: noteOfTask(look),
  };
}
