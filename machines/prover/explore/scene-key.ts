import type { Chart } from '../../chart/chart.ts';
import type { TaskState } from '../../chart/run/run-state.ts';
import { localId, openTasks } from '../../chart/task-at.ts';
import { isFinal, isOpenBody, isSettled } from '../../chart/task-status.ts';
import type { TaskTemplates } from '../../chart/templates.ts';
import type { Reference } from '../../expressions/template.ts';
import { timersOf } from '../../run/timers.ts';
import { silenceKey } from './answers.ts';
import type { Scene } from './scene.ts';

const known = new WeakMap<Chart, ReadonlySet<string>>();
const past: ReadonlySet<string> = new Set(['attempt', 'error']);

const keys = new WeakMap<Scene, string>();

/**
 * Two scenes with the same key go on alike, as far as it is looked at: of settled tasks only where they ended counts,
 * of open ones their attempt too; of values those that some open task's way depends on; of due times their order.
 */
export function keyOf(scene: Scene): string {
  const known = keys.get(scene);
  if (known !== undefined) return known;
  const key = JSON.stringify(partsOf(scene));
  keys.set(scene, key);

  return key;
}

function partsOf(scene: Scene): unknown {
  const { run, pace } = scene;
  const { state } = run;
  if (state.phase === 'created') return 'created';
  // What is over is told apart by how it ended.
  const tasks = [...openTasks(state.tasks)];
  if (isFinal(state.status)) {
    return [state.phase, state.undoing?.failed ?? [], tasks.map(([address, task]) => [address, task.state])];
  }
  const readBy = readersLeft(scene, tasks);
  const pasts = pastRead(run.chart);
  const { undoing, ending } = state;

  return [
    pace,
    state.phase,
    [ending?.phase, undoing?.left, undoing?.failed],
    tasks.map(([address, task]) => taskPart(scene, address, task)),
    dueOrder(scene),
    tasks.flatMap(([address, { output }]) =>
      output !== undefined && readBy(localId(address)) ? [[address, output]] : [],
    ),
    tasks.flatMap(([address, { attempt, error }]) =>
      pasts.has(localId(address)) ? [[address, attempt, error?.code ?? '']] : [],
    ),
    readBy('input') ? state.input : '',
    readBy('variables') ? state.variables : '',
    state.signals?.map(({ name }) => name) ?? '',
  ];
}

function taskPart({ silent }: Scene, address: string, task: TaskState): unknown {
  const { state, attempt, spent = 0, grants = [], changes = [], alertedAt, escalatedAt, body } = task;
  if (isSettled(task)) return [address, state];
  const isSilent = silent.has(silenceKey(address, attempt));
  const flags = [isSilent, alertedAt !== undefined, escalatedAt !== undefined].map(Number).join('');
  const inside =
    body === undefined || !isOpenBody(task)
      ? ''
      : [body.list ?? '', body.opened, body.completed, body.failed];

  const times = [task.escalation?.stage ?? 0, task.reminders?.count ?? 0, changes.length].join(' ');

  return [address, state, attempt - spent, flags, grants.length, times, inside];
}

/** Whether the way of some task that is not settled depends on what the source gives. */
function readersLeft(
  { candidates }: Scene,
  tasks: readonly (readonly [string, TaskState])[],
): (source: string) => boolean {
  const open = new Set(tasks.flatMap(([address, task]) => (isSettled(task) ? [] : [localId(address)])));
  const owners = [...tasks].filter(([, task]) => isOpenBody(task));

  return (source) => {
    const readers = candidates.readers(source);
    // The tasks of a body whose passes are not open yet may still come.
    return owners.length > 0 ? readers.size > 0 : [...readers].some((reader) => open.has(reader));
  };
}

/** Which timers run, in the order in which they are due. */
function dueOrder({ run }: Scene): readonly string[] {
  return [...timersOf(run)]
    .sort((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : 0))
    .map(({ timer, task }) => `${timer} ${task ?? ''}`);
}

/** The tasks of which some expression reads how often they were tried, or with what error. */
function pastRead(chart: Chart): ReadonlySet<string> {
  const found = known.get(chart) ?? new Set(referencesIn(chart).flatMap(taskOfPast));
  known.set(chart, found);

  return found;
}

function referencesIn({ templates, output }: Chart): readonly Reference[] {
  return [...[...templates.values()].flatMap(referencesOf), ...(output?.references ?? [])];
}

function referencesOf({ cases, ...parts }: TaskTemplates): readonly Reference[] {
  return [...Object.values(parts), ...cases.values()].flatMap(({ references }) => references);
}

/** `pay.error.code`, `tasks["pay"].attempt`; the whole of `pay` holds both. */
function taskOfPast({ path }: Reference): readonly string[] {
  const [task, member] = path[0] === 'tasks' ? path.slice(1) : path;

  return task !== undefined && (member === undefined || past.has(member)) ? [task] : [];
}
