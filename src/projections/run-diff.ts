import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import { itemsOf } from '../../machines/compile/body.ts';
import type { Body, RunState, TaskState } from '../../machines/compile/run-state.ts';
import type { RunView } from '../ports/workflows.ts';
import { everyTask } from './task-order.ts';

/** One value that is not what it was, by its path, such as `tasks.pay.output.total`. */
export type ChangedValue = {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
};

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
  /** How many more tasks than are told. */
  readonly tasksOmitted?: number;
  /** All else that the run knows: variables, outputs, errors, answers, passes, its definition and so on. */
  readonly values: readonly ChangedValue[];
  /** How many more values changed than are told. */
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
  const values = changes('', context(before, { hasPhase }), context(after, { hasPhase }));
  const tasks = changedTasks(before, after);

  return {
    ...(was.status === is.status ? {} : { status: { from: was.status, to: is.status } }),
    tasks: tasks.slice(0, tasksMax),
    ...(tasks.length > tasksMax ? { tasksOmitted: tasks.length - tasksMax } : {}),
    values: values.slice(0, valuesMax),
    omitted: Math.max(0, values.length - valuesMax),
  };
}

function changedTasks(before: Seen, after: Seen): RunDiff['tasks'] {
  const [was, is] = [before, after].map(
    (seen) => new Map(everyTask(seen).map((at) => [at.address, at.state])),
  );
  const addresses = [...new Set([...(is?.keys() ?? []), ...(was?.keys() ?? [])])];

  return addresses.flatMap((task) => {
    const [one, other] = [was?.get(task), is?.get(task)];
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
function context(seen: Seen, { hasPhase }: { readonly hasPhase: boolean }): Json {
  const { state } = seen;
  const tasks = everyTask(seen).map((at) => [at.address, ofTask(at.state)] as const);

  return given({
    ...without(state, leftOutOfRun),
    ...(hasPhase ? { phase: state.phase } : {}),
    tasks: Object.fromEntries(tasks),
  });
}

function ofTask(state: TaskState): Json {
  const { body, earlier } = state;
  const before = earlier && Object.entries(earlier).map(([attempt, each]) => [attempt, passesOf(each)]);

  return given({
    ...without(state, leftOutOfTask),
    ...(body === undefined ? {} : { passes: passesOf(body) }),
    ...(before === undefined ? {} : { earlier: Object.fromEntries(before) }),
  });
}

/** The passes that are kept, by their indexes, without their tasks: these have addresses of their own. */
function passesOf(body: Body): Json {
  const { opened, completed, failed } = body;
  const kept = [...itemsOf(body)].map(([index, item]) => [index, given(without(item, ['tasks']))] as const);

  return { opened, completed, failed, ...Object.fromEntries(kept) };
}

function without(members: object, keys: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([key]) => !keys.includes(key)));
}

function given(members: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Json;
}

function changes(path: string, before: Json | undefined, after: Json | undefined): readonly ChangedValue[] {
  if (isSame(before, after)) return [];
  if (!isHolder(before) || !isHolder(after) || Array.isArray(before) !== Array.isArray(after)) {
    return leaf(path, before, after);
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];

  return keys.flatMap((key) => {
    const inner = Array.isArray(before) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    return changes(inner, memberOf(before, key), memberOf(after, key));
  });
}

/** What came or went is told whole, unless it is empty. */
function leaf(path: string, before: Json | undefined, after: Json | undefined): readonly ChangedValue[] {
  if (isNothing(before) && isNothing(after)) return [];

  return [
    {
      path,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    },
  ];
}

function isNothing(value: Json | undefined): boolean {
  return value === undefined || (isHolder(value) && Object.keys(value).length === 0);
}

function isHolder(value: Json | undefined): value is Extract<Json, object> {
  return typeof value === 'object' && value !== null;
}

function memberOf(value: Extract<Json, object>, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? (value as Readonly<Record<string, Json>>)[key] : undefined;
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;

  return canonicalJson(one) === canonicalJson(other);
}
