import type { DecisionTask } from '../../task.ts';
import type { Finding } from '../finding.ts';
import type { Outline, TaskGraph, TaskSite } from '../outline.ts';
import { didYouMean } from '../suggest.ts';

/** Tasks that start when nobody meant it, and cases that no value takes. */
export function checkRouting(outline: Outline): readonly Finding[] {
  const { sites, graph } = outline;

  return sites.flatMap((site) => [
    ...(site.task.type === 'TERMINATE' ? endsAtOnce(site, outline) : []),
    ...(site.task.type === 'DECISION' ? [...unrouted(site, graph), ...untakenCases(site, outline)] : []),
  ]);
}

/** A TERMINATE that waits for nothing ends every run, and one that only waits for a decision whatever is decided. */
function endsAtOnce(site: TaskSite, { graph }: Outline): readonly Finding[] {
  const { task, raw, path, list } = site;
  const beside = besides(site, graph);
  const isAsked = task.when !== undefined || graph.routers(task.id).length > 0;
  // The tasks of a branch or of a failure workflow follow each other; a narrower scope ends no run.
  const isSequence = list.kind === 'branch' || list.kind === 'steps';
  if (isAsked || isSequence || beside.length === 0 || (raw['scope'] ?? 'run') !== 'run') return [];
  const dependencies = graph.dependencies(task.id);
  const decision = dependencies.length === 1 ? graph.sites.get(dependencies[0] ?? '')?.task : undefined;
  if (dependencies.length > 0 && (decision?.type !== 'DECISION' || routed(decision).length === 0)) return [];
  const when =
    dependencies.length > 0 ? `as soon as "${decision?.id}" is taken, whatever it decides` : 'at once';
  const why = dependencies.length > 0 ? 'it depends on the decision' : 'it waits for nothing';
  const message = `"${task.id}" ends every run ${when}: ${why}, and no case routes to it; name it in a case, or add when`;

  return [{ code: 'definition.ends-at-once', message, path: [...path, 'id'] }];
}

/**
 * Tasks that were written after a decision, have nothing to do with any, and so start with the run. They may be meant
 * to: it is only a warning.
 */
function unrouted(site: TaskSite, graph: TaskGraph): readonly Finding[] {
  const { task, list } = site;
  if (task.type !== 'DECISION' || routed(task).length === 0 || list.kind === 'branch') return [];
  const beside = besides(site, graph);
  const all = [...graph.sites.values()].filter((each) => each.list === list);
  const later = new Set(all.slice(all.indexOf(site) + 1));
  const connected = connectedTo(task.id, all, graph);
  // Of several decisions the last one before the task speaks of it.
  const decisions = beside.filter((each) => each.task.type === 'DECISION' && later.has(each));

  return beside
    .filter((each) => later.has(each) && decisions.every((other) => all.indexOf(other) > all.indexOf(each)))
    .filter((each) => isAlone(each, graph) && !connected.has(each.task.id))
    .map(({ task: { id }, path }) => ({
      code: 'definition.unrouted',
      severity: 'warning' as const,
      message: `no case of "${task.id}" routes to "${id}" and it waits for nothing, so it starts with the run; name it in a case, or put it before the decision`,
      path: [...path, 'id'],
    }));
}

/** Nothing starts it, it waits for nothing, and nothing waits for it. What ends the run is told of as an error. */
function isAlone({ task }: TaskSite, graph: TaskGraph): boolean {
  const followers = [...graph.sites.values()].filter((each) => each.task.dependsOn.includes(task.id));

  return (
    task.type !== 'TERMINATE' &&
    task.type !== 'DECISION' &&
    task.when === undefined &&
    graph.routers(task.id).length === 0 &&
    graph.dependencies(task.id).length === 0 &&
    followers.length === 0
  );
}

/** The tasks of a list that a task is connected to, in whatever direction. */
function connectedTo(id: string, all: readonly TaskSite[], graph: TaskGraph): ReadonlySet<string> {
  const near = (each: string): readonly string[] => [
    ...graph.dependencies(each),
    ...graph.routers(each).map((router) => router.id),
    ...all
      .filter(
        ({ task }) =>
          task.dependsOn.includes(each) || graph.routers(task.id).some((router) => router.id === each),
      )
      .map(({ task }) => task.id),
  ];
  const found = new Set([id]);
  for (const each of found) for (const next of near(each)) found.add(next);

  return found;
}

function besides({ task, list }: TaskSite, graph: TaskGraph): readonly TaskSite[] {
  return [...graph.sites.values()].filter((each) => each.list === list && each.task.id !== task.id);
}

function routed({ cases, defaultNext = [] }: DecisionTask): readonly string[] {
  return [...cases.flatMap(({ next }) => next), ...defaultNext];
}

/** Cases of a decision by an input that has other values only. */
function untakenCases({ task, path }: TaskSite, { definition }: Outline): readonly Finding[] {
  if (task.type !== 'DECISION') return [];
  const [, name = ''] = /^workflow\.input\.(\w+)$/.exec(task.param) ?? [];
  const property = Object.hasOwn(definition.input, name) ? definition.input[name] : undefined;
  const values = property?.enum ?? (property?.type === 'boolean' ? [true, false] : undefined);
  if (values === undefined) return [];
  const texts = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));

  return task.cases
    .filter(({ value }) => !texts.includes(value))
    .map(({ value }) => ({
      code: 'definition.unknown-case',
      message: `"${name}" is never "${value}", only ${texts.join(', ')}${didYouMean(value, texts)}`,
      path: [...path, 'decision_cases', value],
      at: 'key' as const,
    }));
}
