import type { Json } from '../../../events/canonical-json.ts';
import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import { isSettled, statusOf } from '../../../machines/chart/task-status.ts';
import type {
  ComparedRun,
  ComparedTask,
  DifferentValue,
  RunComparison,
  TaskSide,
} from '../../api/run-compare.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { partingOf, type Way } from '../definition/way-parting.ts';
import { changedValues } from '../task/changed-values.ts';
import { everyTask, progressOf, tasksInOrder } from '../task/task-order.ts';
import { shownInput, startedBy } from './run-document.ts';
import { shownStatus } from './shown-status.ts';

const valuesMax = 200;
const tasksMax = 500;

/** One of the two runs, with what its view does not tell. */
export type Compared = { readonly view: RunView; readonly shortId: string; readonly way: Way };

/** Two runs side by side, each as it is: what they were given, what became of it, and where their ways part. */
export function runComparison(one: Compared, other: Compared, nowMs: number): RunComparison {
  const input = differences(shownInput(one.view), shownInput(other.view));
  const context = differences(contextOf(one.view), contextOf(other.view));
  const tasks = comparedTasks(one.view, other.view, nowMs);

  return {
    one: comparedRun(one, nowMs),
    other: comparedRun(other, nowMs),
    ...partingOf(one.way, other.way),
    input: input.slice(0, valuesMax),
    inputOmitted: Math.max(0, input.length - valuesMax),
    hidden: [...new Set([...secretsOf(one.view), ...secretsOf(other.view)])],
    context: context.slice(0, valuesMax),
    contextOmitted: Math.max(0, context.length - valuesMax),
    tasks: tasks.slice(0, tasksMax),
    tasksOmitted: Math.max(0, tasks.length - tasksMax),
  };
}

function comparedRun({ view, shortId }: Compared, nowMs: number): ComparedRun {
  const { state, sequence } = view;
  const { run, definition, status, startedAt, endedAt, failedTask } = state;

  return {
    run,
    shortId,
    definition: { ...definition },
    status,
    shown: shownStatus(view),
    sequence,
    startedAt,
    endedAt,
    tookMs: spanMs(startedAt, endedAt, nowMs),
    ...progressOf(view),
    startedBy: startedBy(view),
    error: state.error,
    failedTask,
  };
}

function secretsOf({ definition }: RunView): readonly string[] {
  return Object.entries(definition.input).flatMap(([name, { secret }]) => (secret === true ? [name] : []));
}

function differences(one: Json, other: Json): readonly DifferentValue[] {
  return changedValues(one, other).map(({ path, before, after }) => ({ path, one: before, other: after }));
}

function contextOf(view: RunView): Json {
  const { variables, output } = view.state;
  const tasks = tasksInOrder(view).flatMap(({ address, state }): [string, Json][] =>
    state.output === undefined ? [] : [[address, { output: state.output }]],
  );

  return { variables, tasks: Object.fromEntries(tasks), ...(output === undefined ? {} : { output }) };
}

function comparedTasks(one: RunView, other: RunView, nowMs: number): readonly ComparedTask[] {
  const sideOf = (view: RunView): ReadonlyMap<string, TaskSide> =>
    new Map(everyTask(view).map(({ address, state }) => [address, taskSide(state, nowMs)]));
  const [ones, others] = [sideOf(one), sideOf(other)];

  return [...new Set([...ones.keys(), ...others.keys()])].map((task) => {
    const [here, there] = [ones.get(task), others.get(task)];
    return {
      task,
      one: here,
      other: there,
      differenceMs:
        here?.tookMs === undefined || there?.tookMs === undefined ? undefined : there.tookMs - here.tookMs,
      isDifferent: here?.status !== there?.status || here?.attempts !== there?.attempts,
    };
  });
}

function taskSide(state: TaskState, nowMs: number): TaskSide {
  const { attempt, firstScheduledAt, scheduledAt, startedAt, endedAt } = state;
  const from = firstScheduledAt ?? scheduledAt ?? startedAt;
  const isTimed = from !== undefined && (endedAt !== undefined || !isSettled(state));

  return {
    status: statusOf(state.state),
    attempts: attempt,
    tookMs: isTimed ? spanMs(from, endedAt, nowMs) : undefined,
  };
}

function spanMs(from: string, to: string | undefined, nowMs: number): number {
  return Math.max(0, (to === undefined ? nowMs : Date.parse(to)) - Date.parse(from));
}
