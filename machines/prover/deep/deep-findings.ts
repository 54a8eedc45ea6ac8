import type { Chart } from '../../chart/chart.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import type { RunState } from '../../chart/run/run-state.ts';
import { bodyPrefix, localId, openTasks, parseAddress } from '../../chart/task-at.ts';
import { isSettled } from '../../chart/task-status.ts';
import { itemsOf } from '../../chart/tasks/body.ts';
import type { Outline } from '../../language/outline.ts';
import type { Run } from '../../run/run.ts';
import type { Task } from '../../task.ts';
import { type Edge, type Explored, type ExploredScene, movesTo } from '../explore/explore.ts';
import type { Move } from '../explore/scenario.ts';
import { scenarioOf } from '../explore/scenario-of.ts';
import { neverMatches } from '../impossible/contradiction.ts';
import { isDisturbed } from './early-termination.ts';
import {
  isCut,
  isOver,
  leadingTo,
  nearestFirst,
  nearestScene,
  standstills,
  unexplored,
} from './explored-graph.ts';
import { neverRunning } from './never-runs.ts';
import { failuresOfExpressions } from './provoked.ts';
import { races } from './race.ts';
import { recursions } from './recursion.ts';
import { type DeepFinding, deadlocks, type Found, named, type Severity, waitsForEver } from './standstill.ts';
import { unbounded } from './unbounded.ts';
import { unhandledFailures } from './unhandled-failure.ts';
import { isTriedOut } from './value-coverage.ts';
import type { Written } from './written.ts';

/** The built-in actions that only look. */
const looking: ReadonlySet<string> = new Set(['files.scan', 'policy.load', 'compliance.validate']);

/** Everything that is wrong with a definition as far as its runs show it, the gravest first, each with such a run. */
export function deepFindings({
  chart,
  explored,
  outline,
  written,
}: {
  readonly chart: Chart;
  readonly explored: Explored;
  readonly outline: Pick<Outline, 'sites' | 'workflow'>;
  readonly written: Written;
}): readonly DeepFinding[] {
  const found = [
    ...deadlocks(explored),
    ...recursions(chart, explored),
    ...failuresOfExpressions({ chart, explored, outline }),
    ...neverEnding(explored),
    ...neverRunning(chart, explored),
    ...neverMatching(chart, explored),
    ...unbounded(chart, explored, written),
    ...races(chart, explored),
    ...notUndone(chart, explored),
    ...unhandledFailures(chart, explored, written),
    ...undoingFails(chart, explored),
    ...waitsForEver(explored),
  ];

  return [...found]
    .sort((a, b) => gravity[b.severity] - gravity[a.severity])
    .map((each) => withExample(explored, each));
}

const gravity: Readonly<Record<Severity, number>> = { error: 2, warning: 1, note: 0 };

function withExample(explored: Explored, found: Found): DeepFinding {
  const { code, severity, message, tasks, key } = found;
  const moves = movesOfExample(explored, found);
  const first = explored.scenes.get(explored.first)?.scene;
  const counterexample =
    moves === undefined || first === undefined
      ? {}
      : { counterexample: scenarioOf(nameOf(found), first, moves) };

  return { code, severity, message, tasks, ...(key === undefined ? {} : { key }), ...counterexample };
}

function nameOf({ code, tasks }: Found): string {
  return [code.replace(/^deep\./, '').replaceAll('-', ' '), ...tasks.slice(0, 1)].join(': ');
}

function movesOfExample(explored: Explored, found: Found): readonly Move[] | undefined {
  const shown = found.scene === undefined ? undefined : explored.scenes.get(found.scene);
  if (shown === undefined) return undefined;

  return [...movesTo(explored, shown.key), ...(found.moves ?? [])];
}

/** Scenes that go on and on: whatever the world does, the run never ends. Standing still is told elsewhere. */
function neverEnding(explored: Explored): readonly Found[] {
  const all = [...explored.scenes.values()];
  const goals = [...all.filter(isOver), ...unexplored(explored), ...standstills(explored)];
  const ending = leadingTo(explored, goals);
  const trapped = all.filter(({ key }) => !ending.has(key));
  // The way there is no circle yet: what shows it is a scene that comes again.
  const first = nearestFirst(trapped).find((each) => {
    const back = leadingTo(explored, [each]);
    return each.edges.some(({ to }) => back.has(to));
  });
  if (first === undefined) return [];
  const tasks = goingOnIn(first.scene.run);

  return [
    {
      code: 'deep.never-ends',
      severity: 'error',
      message: `from here on the run goes round for ever: whatever happens to ${named(tasks)}, nothing leads to its end`,
      tasks,
      scene: first.key,
    },
  ];
}

function goingOnIn({ state }: Run): readonly string[] {
  const going = [...openTasks(state.tasks)].filter(
    ([, task]) => task.state !== 'waiting' && !isSettled(task),
  );

  return [...new Set(going.map(([address]) => localId(address)))];
}

/** Waits for a signal that none of those that were tried ended. */
function neverMatching(chart: Chart, explored: Explored): readonly Found[] {
  const begun = new Map<string, Edge>();
  const received = new Set<string>();
  for (const { edges } of explored.scenes.values()) {
    for (const edge of edges) {
      for (const id of awaitingAfter(edge)) if (!begun.has(id)) begun.set(id, edge);
      for (const id of receivedIn(edge)) received.add(id);
    }
  }

  return [...begun].flatMap(([id, edge]): readonly Found[] => {
    const task = chart.plan.get(id)?.task;
    if (task?.type !== 'WAIT' || task.signal === undefined || received.has(id)) return [];
    const isTried = !isCut(explored) && isTriedOut(chart, explored, id) && !isDisturbed(chart, explored, id);
    const isSure = isTried || (task.match !== undefined && neverMatches(chart, id, task.match));
    const doubt = isSure ? '' : ' of those that were tried; give one that does under examples: signals';
    const message = `${id} waits for a signal that never comes: none ${task.signal} satisfies its match${doubt}`;
    return [
      {
        code: 'deep.never-matches',
        severity: isSure ? 'error' : 'warning',
        message,
        tasks: [id],
        key: 'match',
        scene: edge.to,
      },
    ];
  });
}

function awaitingAfter({ events }: Edge): readonly string[] {
  return events.flatMap(({ transitions }) =>
    transitions.flatMap(({ task, to }) => (task !== undefined && to === 'awaiting' ? [localId(task)] : [])),
  );
}

function receivedIn({ events }: Edge): readonly string[] {
  return events.flatMap(({ event: { fact } }) => {
    if (fact.type === 'signal.received') return fact.data.tasks.map(localId);
    return fact.type === 'signal.taken' ? [localId(fact.data.task)] : [];
  });
}

/** In a definition that undoes what it did: what stays done all the same when the run does not complete. */
function notUndone(chart: Chart, explored: Explored): readonly Found[] {
  if (!chart.compensates) return [];
  const found = new Map<string, ExploredScene>();
  for (const each of explored.scenes.values()) {
    const { state } = each.scene.run;
    if (!isOver(each) || state.status === 'COMPLETED') continue;
    for (const id of leftDone(chart, state)) {
      const before = found.get(id);
      if (before === undefined || each.depth < before.depth) found.set(id, each);
    }
  }
  const first = nearestScene(found.values());
  if (first === undefined) return [];
  const tasks = [...chart.plan.keys()].filter((id) => found.has(id));
  const verb = tasks.length === 1 ? 'stays' : 'stay';

  return [
    {
      code: 'deep.not-undone',
      severity: 'warning',
      message: `${named(tasks)} ${verb} done when the run does not complete, although the definition undoes other tasks; add compensate`,
      tasks,
      scene: first.key,
    },
  ];
}

/** Whether nothing undoes what the task does outside. */
function mayStay(chart: Chart, { task, undoes, aside }: TaskPlace): boolean {
  return (
    !undoes && aside !== true && hasEffect(task) && task.compensate === undefined && !isRescue(chart, task.id)
  );
}

/** How a run ends whose undoing fails. */
function undoingFails(chart: Chart, explored: Explored): readonly Found[] {
  if (!chart.compensates) return [];
  const ends = [...explored.scenes.values()].filter(
    (each) => isOver(each) && each.scene.run.state.phase === 'compensation_failed',
  );
  const first = nearestScene(ends);
  if (first === undefined) return [];
  const failing = new Set(ends.flatMap(({ scene }) => scene.run.state.undoing?.failed ?? []).map(localId));
  const tasks = [...failing];

  return [
    {
      code: 'deep.undo-fails',
      severity: 'note',
      message: `where ${named(tasks)} cannot undo, the others still do, and the run ends FAILED with run.compensation-failed`,
      tasks,
      scene: first.key,
    },
  ];
}

/** The tasks with an effect outside that completed, by their ids, without those that were undone. */
function leftDone(chart: Chart, state: RunState): readonly string[] {
  const undone = new Set(state.undoing?.done);
  const left = completedIn(state.tasks, '').filter((address) => {
    const place = chart.plan.get(localId(address));
    if (place === undefined || place.undoes || place.aside === true || !hasEffect(place.task)) return false;
    const undoer = place.task.compensate;
    if (undoer === undefined) return mayStay(chart, place);
    const owners = parseAddress(address)?.owners ?? [];
    return !undone.has(owners.reduce(bodyPrefix, '') + undoer) && !triedToUndo(state, undoer);
  });

  return [...new Set(left.map(localId))];
}

/** That undoing may fail is told by itself. */
function triedToUndo({ undoing }: RunState, undoer: string): boolean {
  return (undoing?.failed ?? []).some((address) => localId(address) === undoer);
}

/** What is done because something failed is not to be undone when the run fails. */
function isRescue({ plan }: Chart, id: string): boolean {
  return (plan.get(id)?.routers ?? []).some(({ kind }) => kind === 'catch' || kind === 'fallback');
}

function completedIn(tasks: RunState['tasks'], prefix: string): readonly string[] {
  return Object.entries(tasks).flatMap(([id, task]) => {
    const own = task.state === 'completed' ? [prefix + id] : [];
    if (task.body === undefined) return own;
    const passes = [...itemsOf(task.body)].flatMap(([index, item]) =>
      completedIn(item.tasks ?? {}, bodyPrefix(prefix, { id, attempt: task.attempt, index })),
    );
    return [...own, ...passes];
  });
}

function hasEffect(task: Task): boolean {
  switch (task.type) {
    case 'SIMPLE':
      return task.performer.kind !== 'uses' || !looking.has(task.performer.action);
    case 'HTTP':
      return !['GET', 'HEAD', 'OPTIONS'].includes(task.request.method.toUpperCase());
    case 'EVENT':
    case 'SUB_WORKFLOW':
      return true;
    default:
      return false;
  }
}
