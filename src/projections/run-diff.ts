import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { RunView } from '../ports/workflows.ts';
import { tasksInOrder } from './task-order.ts';

/** One value that is not what it was, by its path, such as `tasks.pay.output.total`. */
export type ChangedValue = {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
};

/** What changed in a run from one event to another. */
export type RunDiff = {
  readonly status?: { readonly from: string; readonly to: string };
  /** Tasks whose state or attempt is another one, in the order of the definition. */
  readonly tasks: readonly {
    readonly task: string;
    readonly from: string;
    readonly to: string;
    readonly attempt: number;
  }[];
  /** What expressions read: input, variables, outputs and errors. */
  readonly values: readonly ChangedValue[];
  /** How many more values changed than are told. */
  readonly omitted: number;
};

type Seen = Pick<RunView, 'definition' | 'state'>;

const valuesMax = 200;
const absent = 'none';

/** Compares a run as it was with itself as it was later, or earlier. */
export function runDiff(before: Seen, after: Seen): RunDiff {
  const { state: was } = before;
  const { state: is } = after;
  const values = changes('', context(before), context(after));

  return {
    ...(was.status === is.status ? {} : { status: { from: was.status, to: is.status } }),
    tasks: changedTasks(before, after),
    values: values.slice(0, valuesMax),
    omitted: Math.max(0, values.length - valuesMax),
  };
}

function changedTasks(before: Seen, after: Seen): RunDiff['tasks'] {
  const [was, is] = [before, after].map(
    (seen) => new Map(tasksInOrder(seen).map((at) => [at.address, at.state])),
  );
  const addresses = [...new Set([...(is?.keys() ?? []), ...(was?.keys() ?? [])])];

  return addresses.flatMap((task) => {
    const [one, other] = [was?.get(task), is?.get(task)];
    if (one?.state === other?.state && one?.attempt === other?.attempt) return [];
    const attempt = other?.attempt ?? 0;
    return [{ task, from: one?.state ?? absent, to: other?.state ?? absent, attempt }];
  });
}

/** All that the run knows, without what only the engine counts with. */
function context(seen: Seen): Json {
  const { input, variables, output, error, signals } = seen.state;
  const tasks = Object.fromEntries(
    tasksInOrder(seen).map(({ address, state }) => [
      address,
      given({ output: state.output, error: state.error, input: state.input }),
    ]),
  );

  return given({ input, variables, tasks, output, error, signals }) as Json;
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
