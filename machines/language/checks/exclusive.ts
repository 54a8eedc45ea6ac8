import type { TaskGraph } from '../outline.ts';

/** For the decisions a task hangs on: the cases in which it can run. */
type Conditions = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * How many dependencies of a task can complete in one run, at most: of those that hang on different cases of one
 * decision, only those of one case can.
 */
export function mostCompleted(graph: TaskGraph): (id: string) => number {
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
