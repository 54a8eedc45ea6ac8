import type { Finding } from '../finding.ts';
import type { Outline, TaskGraph, TaskSite } from '../outline.ts';

/** No task may wait, over however many others, for itself. A cycle is reported once, at its first task in the file. */
export function checkCycles({ graph }: Outline): readonly Finding[] {
  const state = new Map<string, 'open' | 'done'>();
  const reported = new Set<string>();
  const findings: Finding[] = [];
  const trail: string[] = [];

  const visit = (id: string): void => {
    state.set(id, 'open');
    trail.push(id);
    for (const next of waitsFor(graph, id)) {
      if (state.get(next) === undefined) visit(next);
      else if (state.get(next) === 'open') report(trail.slice(trail.indexOf(next)));
    }
    trail.pop();
    state.set(id, 'done');
  };
  const report = (cycle: readonly string[]): void => {
    // A task that names itself has been told so where its references are checked.
    if (cycle.length < 2 || cycle.some((id) => reported.has(id))) return;
    for (const id of cycle) reported.add(id);
    findings.push(cycleFinding(graph, fromFirst(graph, cycle)));
  };

  for (const id of graph.sites.keys()) if (state.get(id) === undefined) visit(id);

  return findings;
}

/** A task of a branch waits for its FORK to begin. */
function waitsFor(graph: TaskGraph, id: string): readonly string[] {
  const list = graph.sites.get(id)?.list;
  const fork = list?.kind === 'branch' && list.container !== undefined ? [list.container] : [];
  const routers = graph.routers(id).map((router) => router.id);

  return [...new Set([...graph.dependencies(id), ...routers, ...fork])].filter((each) => each !== id);
}

/** Begins the cycle with the first task in the file that says itself what it waits for. */
function fromFirst(graph: TaskGraph, cycle: readonly string[]): readonly string[] {
  const order = [...graph.sites.keys()];
  const saying = cycle.filter((id) => waitKeyOf(graph.sites.get(id)) !== undefined);
  const [first = ''] = (saying.length > 0 ? saying : [...cycle]).sort(
    (a, b) => order.indexOf(a) - order.indexOf(b),
  );
  const start = Math.max(0, cycle.indexOf(first));

  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

function cycleFinding(graph: TaskGraph, cycle: readonly string[]): Finding {
  const site = graph.sites.get(cycle[0] ?? '');
  const message = `the tasks wait for each other: ${[...cycle, cycle[0]].join(' -> ')}`;

  return { code: 'definition.cycle', message, path: site === undefined ? [] : placeOf(site) };
}

function placeOf(site: TaskSite): readonly (string | number)[] {
  return [...site.path, waitKeyOf(site) ?? 'id'];
}

function waitKeyOf(site: TaskSite | undefined): string | undefined {
  return ['depends_on', 'join_on', 'parallel_with'].find((key) => site?.raw[key] !== undefined);
}
