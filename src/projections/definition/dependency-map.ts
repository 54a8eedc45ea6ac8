import { planOf } from '../../../machines/chart/plan.ts';
import type { Definition, Trigger } from '../../../machines/definition.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import { referredWorkflows } from '../../../machines/language/referred-workflows.ts';
import { isDynamic } from '../../../machines/task-names.ts';
import { triggerId } from '../../../machines/triggers/compiled-trigger.ts';
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import type { DependencyMap } from '../../api/insights.ts';
import type { Placed } from '../../ports/layout.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import type { Agent } from '../../ports/work/agent-admin.ts';
import { agentsOf } from './definition-row.ts';

type MapNode = Omit<DependencyMap['nodes'][number], 'x' | 'y' | 'width' | 'height'>;
type MapEdge = DependencyMap['edges'][number];
/** Who depends on whom, without places. No edge leads to a node that is not there. */
export type Dependencies = { readonly nodes: readonly MapNode[]; readonly edges: readonly MapEdge[] };

/** Who starts, calls and wakes whom. `lines` are all runs, `agents` those that are known. */
export function dependenciesOf(
  definitions: readonly LoadedDefinition[],
  { lines, agents }: { readonly lines: readonly RunSummary[]; readonly agents: readonly Agent[] },
): Dependencies {
  const live = lines.filter(({ head }) => head.endedAt === undefined);
  const declared = agents.map(agentNode);
  const parts = definitions.map((each) => partsOf(each, live));
  const nodes = new Map<string, MapNode>();
  // What is named and not known comes first, so that what is known of it takes its place.
  for (const node of [...parts.flatMap((each) => each.named), ...declared]) nodes.set(node.id, node);
  for (const node of parts.flatMap((each) => each.own)) nodes.set(node.id, node);
  const edges = new Map(
    [...parts.flatMap((each) => each.edges), ...eventSignals([...nodes.keys()])].map((edge) => [
      `${edge.kind} ${edge.from} ${edge.to}`,
      edge,
    ]),
  );
  const busy = runningAgents(live, definitions);

  return {
    nodes: [...nodes.values()].map((node) =>
      node.kind === 'agent' ? { ...node, running: busy.get(node.name) ?? 0 } : node,
    ),
    edges: [...edges.values()],
  };
}

/** The same with places. What was not placed is left out. */
export function placedMap({ nodes, edges }: Dependencies, placed: Placed): DependencyMap {
  return {
    nodes: nodes.flatMap((node) => {
      const box = placed.boxes.get(node.id);
      return box === undefined ? [] : [{ ...node, ...box }];
    }),
    edges: [...edges],
    width: placed.width,
    height: placed.height,
  };
}

type Parts = {
  readonly own: readonly MapNode[];
  readonly named: readonly MapNode[];
  readonly edges: readonly MapEdge[];
};

function partsOf(loaded: LoadedDefinition, live: readonly RunSummary[]): Parts {
  const { definition } = loaded;
  const { id, name, version, labels } = definition;
  const self = `definition:${id}`;
  const runs = live.filter(({ head }) => head.definition.id === id);
  const department = labels['department'] ?? labels['domain'];
  const own: MapNode = {
    id: self,
    kind: 'definition',
    name: id,
    detail: name === undefined ? `v${version}` : `${name}, v${version}`,
    running: runs.length,
    ...(department === undefined ? {} : { department }),
  };
  const started = definition.triggers.map((trigger) => triggerParts(definition, trigger, runs));

  return {
    own: [own, ...started.flatMap((each) => each.own)],
    named: [...started.flatMap((each) => each.named), ...namedBy(loaded).map(({ node }) => node)],
    edges: [...started.flatMap((each) => each.edges), ...namedBy(loaded).map((each) => edgeTo(self, each))],
  };
}

type Named = { readonly node: MapNode; readonly kind: MapEdge['kind'] };

/** What the tasks of a definition call, emit, use and wait for. */
function namedBy(loaded: LoadedDefinition): readonly Named[] {
  const { definition } = loaded;
  const tasks = [...planOf(definition).values()].map(({ task }) => task);
  const called = referredWorkflows(loaded).map((each) => each.replace(/@\d+$/, ''));
  const emitted = tasks.flatMap((task) => (task.type === 'EVENT' ? [task.event.type] : []));
  const awaited = tasks.flatMap((task) => (task.type === 'WAIT' ? (task.signal ?? []) : []));

  return [
    ...called.map(
      (name): Named => ({ node: plainNode('definition', name, 'not known here'), kind: 'calls' }),
    ),
    ...emitted.map((name): Named => ({ node: plainNode('event', name), kind: 'emits' })),
    ...agentsOf(definition).map(
      (name): Named => ({
        node: plainNode('agent', name, 'not declared'),
        kind: 'uses',
      }),
    ),
    ...awaited.map((name): Named => ({ node: plainNode('signal', name), kind: 'wakes' })),
  ];
}

/** A signal wakes the definition; everything else goes out from it. */
function edgeTo(self: string, { node, kind }: Named): MapEdge {
  return kind === 'wakes' ? { from: node.id, to: self, kind } : { from: self, to: node.id, kind };
}

function triggerParts(definition: Definition, trigger: Trigger, runs: readonly RunSummary[]): Parts {
  const name = triggerId(definition, trigger);
  const id = `trigger:${definition.id}/${name}`;
  const starts: MapEdge = { from: id, to: `definition:${definition.id}`, kind: 'starts' };
  const running = runs.filter(({ head }) => triggerOf(head) === name).length;
  const own: MapNode = { id, kind: 'trigger', name, detail: triggerDetail(trigger), running };
  if (trigger.kind !== 'event') return { own: [own], named: [], edges: [starts] };
  const event = plainNode('event', trigger.on);

  return { own: [own], named: [event], edges: [{ from: event.id, to: id, kind: 'starts' }, starts] };
}

function triggerDetail(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
      return `on ${trigger.on}`;
    case 'cron':
      return `${trigger.cron} ${trigger.timezone}`;
    case 'file':
      return `files ${trigger.glob}`;
  }
}

function plainNode(kind: MapNode['kind'], name: string, detail?: string): MapNode {
  return { id: `${kind}:${name}`, kind, name, running: 0, ...(detail === undefined ? {} : { detail }) };
}

function agentNode({ name, level, department, description }: Agent): MapNode {
  const node = plainNode('agent', name, description ?? `level ${level}`);

  return department === undefined ? node : { ...node, department };
}

/** An event is the signal of its type to the runs that wait for it. */
function eventSignals(ids: readonly string[]): readonly MapEdge[] {
  const known = new Set(ids);

  return ids.flatMap((id): MapEdge[] => {
    const event = id.replace(/^signal:/, 'event:');
    return event !== id && known.has(event) ? [{ from: event, to: id, kind: 'wakes' }] : [];
  });
}

/** How many tasks of runs under way an agent has begun, as far as the index of runs names them. */
function runningAgents(
  live: readonly RunSummary[],
  definitions: readonly LoadedDefinition[],
): ReadonlyMap<string, number> {
  const plans = new Map(definitions.map(({ definition }) => [definition.id, planOf(definition)]));
  const counts = new Map<string, number>();
  for (const { head } of live) {
    for (const { task, status } of head.active) {
      const performer = plans.get(head.definition.id)?.get(task)?.task.performer;
      if (status !== 'IN_PROGRESS' || performer?.kind !== 'agent' || isDynamic(performer.agent)) continue;
      counts.set(performer.agent, (counts.get(performer.agent) ?? 0) + 1);
    }
  }

  return counts;
}
