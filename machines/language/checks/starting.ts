import type { Finding } from '../finding.ts';
import type { Outline, TaskGraph, TaskSite } from '../outline.ts';

/** Every task can be started by something, and every join rule can be met. Expects a definition without cycles. */
export function checkStarting({ graph }: Outline): readonly Finding[] {
  const memo = new Map<string, string | undefined>();
  for (const id of graph.order) obstacleOf(graph, id, memo);
  const most = mostCompleted(graph);

  return [...graph.sites.values()].flatMap((site) => {
    const join = checkJoin(site, most);
    if (join !== undefined) return [join];
    const obstacle = obstacleOf(graph, site.task.id, memo);
    // What hinders a task that this one waits for is reported there.
    if (obstacle === undefined || obstacle === 'aftermath') return [];

    return [
      {
        code: 'definition.unstartable',
        message: `nothing can start this task: ${obstacle}`,
        path: site.path,
      },
    ];
  });
}

function checkJoin({ task, raw, path }: TaskSite, mostOf: (id: string) => number): Finding | undefined {
  if (task.type === 'JOIN' && task.joinOn.length === 0 && raw['depends_on'] === undefined) {
    const message = 'a JOIN needs tasks to wait for: join_on or depends_on';
    return { code: 'definition.impossible-join', message, path };
  }
  if (typeof task.join !== 'number') return undefined;
  const most = mostOf(task.id);
  if (task.join <= most) return undefined;
  const reason = most < task.dependsOn.length ? ' in one run, as decisions exclude each other' : '';
  const message = `join waits for ${task.join} tasks, but at most ${most} of its dependencies can complete${reason}`;

  return { code: 'definition.impossible-join', message, path: [...path, 'join'] };
}

/** Why a task can never start: undefined when it can. */
function obstacleOf(graph: TaskGraph, id: string, memo: Map<string, string | undefined>): string | undefined {
  if (memo.has(id)) return memo.get(id);
  const obstacle = routingObstacle(graph, id, memo) ?? dependencyObstacle(graph, id, memo);
  memo.set(id, obstacle);

  return obstacle;
}

function routingObstacle(
  graph: TaskGraph,
  id: string,
  memo: Map<string, string | undefined>,
): string | undefined {
  const routers = graph.routers(id);
  if (routers.length === 0) return undefined;

  return routers.some((router) => obstacleOf(graph, router.id, memo) === undefined) ? undefined : 'aftermath';
}

function dependencyObstacle(
  graph: TaskGraph,
  id: string,
  memo: Map<string, string | undefined>,
): string | undefined {
  const dependencies = graph.dependencies(id);
  const task = graph.sites.get(id)?.task;
  if (dependencies.length === 0 || task === undefined) return undefined;
  const undoing = dependencies.find((each) => onlyUndoes(graph, each));
  const waitsForUndoing = `it waits for "${undoing}", which runs only when the run is undone`;
  if (undoing !== undefined && (task.join === 'all' || task.join === 'all_done')) return waitsForUndoing;
  if (task.join === 'all_done') return undefined;
  const able = dependencies.filter(
    (each) => !onlyUndoes(graph, each) && obstacleOf(graph, each, memo) === undefined,
  );
  if (able.some((each) => !endsAll(graph, graph.sites.get(each)))) return undefined;
  const [end] = able;

  if (end !== undefined) return `"${end}" ends the run`;

  return undoing === undefined ? 'aftermath' : waitsForUndoing;
}

/** Nothing comes after a TERMINATE, except in its branch where it is skipped. */
function endsAll(graph: TaskGraph, site: TaskSite | undefined): boolean {
  if (site?.task.type !== 'TERMINATE') return false;

  const { task, list } = site;
  const mayBeSkipped = task.when !== undefined || graph.routers(task.id).length > 0;

  return task.scope !== 'body' || list.kind !== 'branch' || !mayBeSkipped;
}

function onlyUndoes(graph: TaskGraph, id: string): boolean {
  const routers = graph.routers(id);

  return routers.length > 0 && routers.every((router) => router.kind === 'compensate');
}

/** For the decisions a task hangs on: the cases in which it can run. */
type Conditions = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * How many dependencies of a task can complete in one run, at most: of those that hang on different cases of one
 * decision, only those of one case can.
 */
function mostCompleted(graph: TaskGraph): (id: string) => number {
  const memo = new Map<string, Conditions>();
  for (const id of graph.order) conditionsOf(graph, id, memo);

  return (id) => {
    const dependencies = graph.dependencies(id).map((each) => conditionsOf(graph, each, memo));
    const decisions = new Set(dependencies.flatMap((conditions) => [...conditions.keys()]));

    return [...decisions].reduce(
      (most, decision) => Math.min(most, mostUnder(decision, dependencies)),
      dependencies.length,
    );
  };
}

function mostUnder(decision: string, dependencies: readonly Conditions[]): number {
  const free = dependencies.filter((conditions) => !conditions.has(decision)).length;
  const counts = new Map<string, number>();
  for (const conditions of dependencies) {
    for (const value of conditions.get(decision) ?? []) counts.set(value, (counts.get(value) ?? 0) + 1);
  }

  return free + Math.max(0, ...counts.values());
}

function conditionsOf(graph: TaskGraph, id: string, memo: Map<string, Conditions>): Conditions {
  const known = memo.get(id);
  if (known !== undefined) return known;
  const routers = graph.routers(id);
  const [router] = routers;
  const inherited = inheritedConditions(graph, id, memo);
  const decided = router?.kind === 'decision' && routers.length === 1;
  const all: Conditions = decided
    ? new Map([...inherited, ...conditionsOf(graph, router.id, memo), [router.id, router.cases]])
    : inherited;
  memo.set(id, all);

  return all;
}

/** A task runs when one of its dependencies completed, so a decision binds it only when it binds all of them. */
function inheritedConditions(graph: TaskGraph, id: string, memo: Map<string, Conditions>): Conditions {
  const [first, ...rest] = graph.dependencies(id).map((each) => conditionsOf(graph, each, memo));
  const task = graph.sites.get(id)?.task;
  if (first === undefined || task?.join === 'all_done') return new Map();

  return new Map(
    [...first]
      .filter(([decision]) => rest.every((conditions) => conditions.has(decision)))
      .map(([decision, values]) => [
        decision,
        new Set([...values, ...rest.flatMap((conditions) => [...(conditions.get(decision) ?? [])])]),
      ]),
  );
}
