import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../chart/chart.ts';
import { forksAround } from '../chart/downstream.ts';
import type { RunState, TaskState } from '../chart/run/run-state.ts';
import { bodyPrefix, isUnderWay, keptPass, openTasks, parseAddress, tasksIn } from '../chart/task-at.ts';
import { sha256Hex } from '../hash.ts';

/** One execution of a definition, as far as its journal has been folded. */
export type Run = {
  readonly chart: Chart;
  readonly state: RunState;
  /** Events folded so far: the sequence of the last record, 0 before the first. */
  readonly sequence: number;
  /** The hash of the last record, '' before the first. */
  readonly hash: string;
  /** When the last record was made: ISO 8601, UTC; '' before the first. */
  readonly time: string;
  readonly aside: Aside;
};

/** What expressions may read and the journal does not hold. The shell brings it along. */
export type Aside = {
  /** The content of large values, by digest: the journal holds references to them. */
  readonly blobs: ReadonlyMap<string, Json>;
  /** The inputs that the definition marks as secret: the state shows `***` for them. */
  readonly secretInput: Readonly<Record<string, Json>>;
  /** What expressions see as `secrets`. */
  readonly secrets: Readonly<Record<string, Json>>;
  /** The texts that must not be recorded. */
  readonly hidden: readonly string[];
  /** The key that values of the run are sealed with; absent where none are. */
  readonly sealing?: Sealing;
};

/** Seals and opens texts of one subject. The same text is always sealed to the same. */
export type Sealing = {
  /** The name of the key. */
  readonly key: string;
  /** When the key was destroyed (ISO 8601, UTC; '' where that is not known): nothing can be opened any more. */
  readonly erasedAt?: string;
  readonly seal: (text: string) => string;
  /** Undefined for what was not sealed with this key. */
  readonly open: (sealed: string) => string | undefined;
};

export const emptyAside: Aside = { blobs: new Map(), secretInput: {}, secrets: {}, hidden: [] };

/** A run before its first event. */
export function newRun(chart: Chart, aside: Aside = emptyAside): Run {
  return { chart, state: chart.initial, sequence: 0, hash: '', time: '', aside };
}

type Found = readonly (readonly [string, TaskState])[];

/**
 * Whether the task can still move: a pass that was given up keeps its tasks as they were, and on its way out a run
 * only carries out what undoes. A fact about any other task is one that no state of the chart takes.
 */
export function isPartOfRun(run: Run, text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;

  switch (run.state.phase) {
    case 'running':
    case 'paused':
      return isUnderWay(run.state, address);
    case 'compensating':
      return undoingTasks(run).some(([each]) => each === text);
    default:
      return false;
  }
}

/** The task that undoes something now, with what is inside of it. It may stand in a body that has ended. */
export function undoingTasks({ state, chart }: Run): Found {
  const next = state.phase === 'compensating' ? state.undoing?.left[0] : undefined;
  const address = next === undefined ? undefined : parseAddress(next);
  const beside = address === undefined ? undefined : tasksIn(state.tasks, address.owners);
  if (address === undefined || beside === undefined) return [];
  const undoing = withBranches(chart, address.id).flatMap((id): [string, TaskState][] => {
    const task = beside[id];
    return task === undefined ? [] : [[id, task]];
  });

  return [...openTasks(Object.fromEntries(undoing), address.owners.reduce(bodyPrefix, ''))];
}

/** The tasks of the branches of a FORK stand beside it. */
function withBranches(chart: Chart, id: string): readonly string[] {
  const branches = chart.plan.get(id)?.branches?.flat() ?? [];

  return [id, ...branches.flatMap((each) => withBranches(chart, each))];
}

/**
 * The id of the run that carries an attempt out. It follows from the attempt, so that a crash between naming it and
 * starting it starts it once; like every id it begins with the time, that of the run it belongs to. `from`: the station
 * that asks another one for it.
 */
export function childRun(run: string, task: string, attempt: number, from?: string): string {
  // No id of a run has a colon: what is asked for by a station is never what is named here, or by another one.
  const asker = from === undefined ? '' : `${from}:`;

  return `${run.slice(0, 10)}${sha256Hex(`${asker}${run}/${task}/${attempt}`).slice(0, 16)}`;
}

/**
 * The same for all attempts of a task, so that what they call can tell a repetition from something new. Attempts of
 * the FORK or loop around a task are attempts as well: they do not count either. Another pass is something new, and so
 * is what a person has carried out anew, together with what undoes it.
 */
export function idempotencyKey({ chart, state }: Run, text: string): string {
  const { owners, id } = parseAddress(text) ?? { owners: [], id: text };
  let tasks: RunState['tasks'] | undefined = state.tasks;
  let key = `${state.parent?.key ?? state.run}/`;
  for (const owner of owners) {
    key += `${owner.id}${rerunMark(chart, tasks, owner.id)}[${owner.index}].`;
    tasks = keptPass(tasks?.[owner.id], owner)?.tasks;
  }

  return `${key}${id}${rerunMark(chart, tasks, id)}`;
}

/** Ids hold no colon. */
function rerunMark(chart: Chart, tasks: RunState['tasks'] = {}, id: string): string {
  const reruns = rerunsOf(chart, tasks, id);

  return reruns === 0 ? '' : `:rerun-${reruns}`;
}

function rerunsOf({ plan }: Chart, tasks: RunState['tasks'], id: string): number {
  const undoing = [id, ...forksAround(plan, id)].filter((each) => plan.get(each)?.undoes === true);
  const undone = undoing.flatMap((each) => [...plan.values()].filter(({ task }) => task.compensate === each));

  return [id, ...undone.map(({ task }) => task.id)].reduce(
    (sum, each) => sum + (tasks[each]?.reruns ?? 0),
    0,
  );
}

/** How many runs lie between it and the outside, where an event of a run led to it, or to the run it belongs to. */
export function hopsOf({ hops, trigger }: Pick<RunState, 'hops' | 'trigger'>): number | undefined {
  return hops ?? trigger?.hops;
}

/** Whose request a run is that this one starts: the same people's. */
export function requestersOf({ state: { requesters } }: Run): { readonly requesters?: string[] } {
  return requesters === undefined ? {} : { requesters: [...requesters] };
}
