import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../chart/chart.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import type { RunState } from '../../chart/run/run-state.ts';
import { isCompleted, isFailed } from '../../chart/task-status.ts';
import { compileTemplate, type Reference } from '../../expressions/template.ts';
import type { Task } from '../../task.ts';
import type { Explored, ExploredScene } from '../explore/explore.ts';
import { isOver } from './explored-graph.ts';
import { chainOf, mayOverlap } from './overlap.ts';
import type { Found } from './standstill.ts';

/**
 * A variable that one task sets while another one, which waits for neither, sets or reads it: what it holds then is a
 * matter of which was quicker. The exploration plays one order only.
 */
export function races(chart: Chart, explored: Explored): readonly Found[] {
  const users = usersOf(chart);
  const pairs = users.flatMap((one, at) => users.slice(at).map((other) => ({ one, other })));

  return pairs.flatMap(({ one, other }) => {
    const name = shared(one, other);
    if (name === undefined || !mayOverlap(chart, one.place, other.place)) return [];
    const scene = bothRanIn(explored, one.place, other.place);
    return scene === undefined ? [] : [raceFound(name, { one, other, scene })];
  });
}

type User = {
  readonly place: TaskPlace;
  readonly sets: ReadonlySet<string>;
  readonly reads: ReadonlySet<string>;
};

function usersOf(chart: Chart): readonly User[] {
  const all = [...chart.plan.values()].map((place) => ({
    place,
    sets: new Set(place.task.type === 'SET_VARIABLE' ? Object.keys(place.task.variables) : []),
    reads: variablesRead(chart, place.task),
  }));

  return all.filter(({ sets, reads }) => sets.size > 0 || reads.size > 0);
}

function shared(one: User, other: User): string | undefined {
  const set = [...one.sets].find((name) => other.sets.has(name) || other.reads.has(name));

  return set ?? [...other.sets].find((name) => one.reads.has(name));
}

function bothRanIn({ scenes }: Explored, one: TaskPlace, other: TaskPlace): ExploredScene | undefined {
  for (const each of scenes.values()) if (isOver(each) && ran(each, one) && ran(each, other)) return each;

  return undefined;
}

/** Of what is in a body, its FORK or loop. A condition that did not hold read its variables all the same. */
function ran({ scene: { run } }: ExploredScene, place: TaskPlace): boolean {
  const outermost = chainOf(run.chart, place).at(-1) ?? place;
  const { tasks } = run.state;
  const task = tasks[outermost.task.id];
  if (task === undefined) return false;
  if (isCompleted(task)) return true;
  if (isFailed(task)) return task.attempt > 0 && place.task.type !== 'SET_VARIABLE';

  return task.state === 'skipped' && isDue(tasks, outermost) && readsVariables(outermost.task);
}

function readsVariables({ when }: Task): boolean {
  return when?.includes('workflow.variables') === true;
}

/** Whether everything that it waits for went well, so that its condition was looked at. */
function isDue(tasks: RunState['tasks'], { task, routers }: TaskPlace): boolean {
  const before = task.dependsOn.map((id) => tasks[id]);
  const isRouted =
    routers.length === 0 || routers.some(({ id }) => tasks[id]?.decision?.next.includes(task.id) === true);

  return isRouted && before.every((each) => each !== undefined && isCompleted(each));
}

function raceFound(
  name: string,
  { one, other, scene }: { readonly one: User; readonly other: User; readonly scene: ExploredScene },
): Found {
  const [setter, user] = one.sets.has(name) ? [one, other] : [other, one];
  const [a, b] = [setter.place.task.id, user.place.task.id];
  const does = user.sets.has(name) ? 'sets' : 'reads';
  const text =
    a === b
      ? `${a} sets the variable ${name} in passes that are carried out side by side`
      : `${a} sets the variable ${name}, which ${b} ${does} at the same time`;

  return {
    code: 'deep.race',
    severity: 'warning',
    message: `${text}: what it holds depends on which is quicker, and only one order was explored; let one wait for the other`,
    tasks: a === b ? [a] : [a, b],
    key: 'variables',
    scene: scene.key,
  };
}

/** The variables that a task reads by itself, what is inside of it aside. */
function variablesRead(chart: Chart, task: Task): ReadonlySet<string> {
  const { cases, ...templates } = chart.templates.get(task.id) ?? { cases: new Map() };
  const compiled = [...Object.values(templates), ...cases.values()] as readonly {
    readonly references: readonly Reference[];
  }[];
  const references = [...compiled.flatMap((each) => each.references), ...referencesIn(performing(task))];

  return new Set(
    references.flatMap(({ path: [root, member, name] }) => {
      if (root !== 'workflow' || (member !== undefined && member !== 'variables')) return [];
      // What reads all of them at once reads each.
      return name === undefined ? variablesOf(chart) : [name];
    }),
  );
}

function variablesOf({ definition, plan }: Chart): readonly string[] {
  const set = [...plan.values()].flatMap(({ task }) =>
    task.type === 'SET_VARIABLE' ? Object.keys(task.variables) : [],
  );

  return [...Object.keys(definition.variables), ...set];
}

/** What is rendered only when an attempt begins. */
function performing(task: Task): Json {
  if (task.type === 'HTTP') return task.request as unknown as Json;
  if (task.type === 'EVENT') return task.event as unknown as Json;

  return task.performer.kind === 'run' ? (task.performer.run as unknown as Json) : null;
}

function referencesIn(value: Json): readonly Reference[] {
  const compiled = compileTemplate(JSON.parse(JSON.stringify(value)));

  return compiled.ok ? compiled.template.references : [];
}
