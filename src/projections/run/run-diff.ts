import type { Json } from '../../../events/canonical-json.ts';
import type { Body, RunState, TaskState } from '../../../machines/chart/run/run-state.ts';
import { itemsOf } from '../../../machines/chart/tasks/body.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { type ChangedValue, changedValues } from '../task/changed-values.ts';
import { everyTask } from '../task/task-order.ts';

/** What changed in a run from one event to another. */
export type RunDiff = {
  readonly status?: { readonly from: string; readonly to: string };
  /** Tasks, those of passes included, whose state or attempt is another one, in the order of the definition. */
  readonly tasks: readonly {
    readonly task: string;
    readonly from: string;
    readonly to: string;
    readonly attempt: number;
  }[];
  /** The number of tasks left out. */
  readonly tasksOmitted?: number;
  /** The rest of the run's state: variables, outputs, errors, answers, passes, definition and so on. */
  readonly values: readonly ChangedValue[];
  /** The number of changed values left out. */
  readonly omitted: number;
};

type Seen = Pick<RunView, 'definition' | 'state'>;

const tasksMax = 200;
const valuesMax = 200;
const absent = 'none';

/** Compares a run as it was with itself as it was later, or earlier. */
export function runDiff(before: Seen, after: Seen): RunDiff {
  const { state: was } = before;
  const { state: is } = after;
  const hasPhase = was.status === is.status;
  const [ofBefore, ofAfter] = ownTasks(before, after);
  const values = changedValues(
    context(was, { hasPhase, tasks: ofBefore }),
    context(is, { hasPhase, tasks: ofAfter }),
  );
  const tasks = changedTasks(ofBefore, ofAfter);

  return {
    ...(was.status === is.status ? {} : { status: { from: was.status, to: is.status } }),
    tasks: tasks.slice(0, tasksMax),
    ...(tasks.length > tasksMax ? { tasksOmitted: tasks.length - tasksMax } : {}),
    values: values.slice(0, valuesMax),
    omitted: Math.max(0, values.length - valuesMax),
  };
}

type Tasks = ReadonlyMap<string, TaskState>;

/** Every task of each that is not the very same in the other: two states share what no event between them changed. */
function ownTasks(before: Seen, after: Seen): readonly [Tasks, Tasks] {
  const [was, is] = [tasksOf(before), tasksOf(after)];

  return [without(was, is), without(is, was)];
}

function tasksOf(seen: Seen): Tasks {
  return new Map(everyTask(seen).map(({ address, state }) => [address, state]));
}

function without(tasks: Tasks, others: Tasks): Tasks {
  return new Map([...tasks].filter(([address, state]) => others.get(address) !== state));
}

function changedTasks(was: Tasks, is: Tasks): RunDiff['tasks'] {
  const addresses = [...new Set([...is.keys(), ...was.keys()])];

  return addresses.flatMap((task) => {
    const [one, other] = [was.get(task), is.get(task)];
    if (one?.state === other?.state && one?.attempt === other?.attempt) return [];
    const attempt = other?.attempt ?? 0;
    return [{ task, from: one?.state ?? absent, to: other?.state ?? absent, attempt }];
  });
}

/** Told by themselves, of when and not of what, or kept only to answer a request that comes again as before. */
const leftOutOfRun = [
  'status',
  'phase',
  'tasks',
  'startedAt',
  'endedAt',
  'timedFrom',
  'requests',
  'signalIds',
] as const satisfies readonly (keyof RunState)[];
const leftOutOfTask = [
  'state',
  'attempt',
  'body',
  'earlier',
  'firstScheduledAt',
  'scheduledAt',
  'startedAt',
  'endedAt',
  'heartbeatAt',
  'retryAt',
] as const satisfies readonly (keyof TaskState)[];

/** All that the run knows. Where its phase says no more than its status, it is told by that. */
function context(
  state: RunState,
  { hasPhase, tasks }: { readonly hasPhase: boolean; readonly tasks: Tasks },
): Json {
  return given({
    ...omitting(state, leftOutOfRun),
    ...(hasPhase ? { phase: state.phase } : {}),
    tasks: Object.fromEntries([...tasks].map(([address, task]) => [address, ofTask(task)])),
  });
}

function ofTask(state: TaskState): Json {
  const { body, earlier } = state;
  const before = earlier && Object.entries(earlier).map(([attempt, each]) => [attempt, passesOf(each)]);

  return given({
    ...omitting(state, leftOutOfTask),
    ...(body === undefined ? {} : { passes: passesOf(body) }),
    ...(before === undefined ? {} : { earlier: Object.fromEntries(before) }),
  });
}

/** The passes that are kept, by their indexes, without their tasks: these have addresses of their own. */
function passesOf(body: Body): Json {
  const { opened, completed, failed } = body;
  const kept = [...itemsOf(body)].map(([index, item]) => [index, given(omitting(item, ['tasks']))] as const);

  return { opened, completed, failed, ...Object.fromEntries(kept) };
}

function omitting(members: object, keys: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([key]) => !keys.includes(key)));
}

function given(members: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Json;
}
