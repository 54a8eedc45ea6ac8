import { localId } from '../../../machines/chart/task-at.ts';
import { isSettled, statusOf } from '../../../machines/chart/task-status.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { Graph, GraphEdge, GraphNode } from '../../api/run-parts.ts';
import type { BookRow } from '../insights/book-row.ts';
import { placesOf } from '../task/task-order.ts';

/** What a run made of one task of its definition: in each of its passes, if it has several. */
type Trace = {
  readonly states: Map<string, string>;
  /** The states that it was in, whatever came after them. */
  readonly was: Set<string>;
  note: string;
  decision: BookRow['decision'];
  condition: BookRow['condition'];
};
type Traces = ReadonlyMap<string, Trace>;

/** What a run did; `at`: as it was after that event. */
type Told = {
  readonly rows: readonly BookRow[];
  readonly definition: Definition;
  readonly at?: number | undefined;
};

/** The graph of a definition with how a run went through it. */
export function runGraph(graph: Graph, { rows, definition, at }: Told): Graph {
  const traces = tracesOf(at === undefined ? rows : rows.slice(0, at));
  const places = placesOf(definition);

  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({
      ...node,
      ...shownOf(traces.get(node.id), places.get(node.id)?.undoes),
    })),
    edges: graph.edges.map((edge) => ({
      ...edge,
      isTaken: isTaken(edge, traces),
      ...evidenceOf(edge, { traces, definition }),
    })),
  };
}

/** The graph of the states of a definition, with the states that a run is in. */
export function runStates(graph: Graph, { rows, definition, at }: Told): Graph {
  const told = at === undefined ? rows : rows.slice(0, at);
  const traces = tracesOf(told);
  const places = placesOf(definition);
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const phase = told.findLast((row) => row.phase !== undefined)?.phase;
  const runStatus = told.at(-1)?.line.status ?? 'PENDING';
  const shownIn = (node: GraphNode): Partial<GraphNode> => {
    const { id, task, name } = node;
    if (task === undefined)
      return id.startsWith('machine/phase/') && name === phase ? currentAs(runStatus, 1) : {};
    const place = places.get(task);
    const isRegion = byId.get(node.parent ?? '')?.task !== task;
    if (isRegion) return shownOf(traces.get(task), place?.undoes);

    return stateIn(node, traces.get(task), place?.owner === undefined);
  };

  return { ...graph, nodes: graph.nodes.map((node) => ({ ...node, ...shownIn(node) })) };
}

/** Nothing is told of a region before it moves; the one of a body is there once its pass was opened. */
function stateIn(
  { name = '', isInitial }: GraphNode,
  trace: Trace | undefined,
  isAlwaysThere: boolean,
): Partial<GraphNode> {
  if (trace === undefined || trace.states.size === 0)
    return isInitial === true && isAlwaysThere ? currentAs(statusOf(name), 1) : {};

  return currentAs(statusOf(name), [...trace.states.values()].filter((state) => state === name).length);
}

function currentAs(status: string, passes: number): Partial<GraphNode> {
  if (passes === 0) return {};

  return { status, note: 'current', ...(passes === 1 ? {} : { counts: { [status]: passes } }) };
}

function tracesOf(rows: readonly BookRow[]): Traces {
  const traces = new Map<string, Trace>();
  const traceOf = (address: string): Trace => {
    const id = localId(address);
    const known = traces.get(id) ?? {
      states: new Map(),
      was: new Set(),
      note: '',
      decision: undefined,
      condition: undefined,
    };
    traces.set(id, known);
    return known;
  };
  for (const { line, moves, decision, condition } of rows) {
    if (line.task !== undefined) {
      const trace = traceOf(line.task);
      trace.note = line.note;
      trace.decision = decision ?? trace.decision;
      trace.condition = condition ?? trace.condition;
    }
    for (const { task, to } of moves) {
      const trace = traceOf(task);
      trace.states.set(task, to);
      trace.was.add(to);
    }
  }

  return traces;
}

/** The most telling first: what a group of passes is shown as. */
const telling = [
  'FAILED',
  'TIMED_OUT',
  'PENDING_APPROVAL',
  'RETRYING',
  'IN_PROGRESS',
  'WAITING',
  'SCHEDULED',
  'COMPLETED_WITH_ERRORS',
  'COMPLETED',
  'CANCELLED',
  'SKIPPED',
  'PENDING',
];

function shownOf(trace: Trace | undefined, isAside = false): Pick<GraphNode, 'status' | 'note' | 'counts'> {
  if (trace === undefined)
    return { status: 'PENDING', ...(isAside ? { note: 'only if it has to undo' } : {}) };
  const counts: Record<string, number> = {};
  for (const state of trace.states.values()) counts[statusOf(state)] = (counts[statusOf(state)] ?? 0) + 1;
  const status = telling.find((each) => counts[each] !== undefined) ?? Object.keys(counts)[0] ?? 'PENDING';

  return {
    status,
    ...(trace.note === '' ? {} : { note: trace.note }),
    ...(trace.states.size > 1 ? { counts } : {}),
  };
}

const notBegun: ReadonlySet<string> = new Set([
  'waiting',
  'standby',
  'conditional',
  'naming',
  'skipped',
  'cancelled',
]);

function hasBegun(trace: Trace | undefined): boolean {
  return trace !== undefined && [...trace.was].some((state) => !notBegun.has(state));
}

function isTaken({ from, to, kind, label }: GraphEdge, traces: Traces): boolean {
  const [source, target] = [traces.get(from), traces.get(to)];
  if (source === undefined || !hasBegun(target)) return false;
  switch (kind) {
    case 'needs':
      return [...source.was].some((state) => isSettled({ state, attempt: 0 }) && state !== 'standby');
    case 'case':
      return chose(source.decision, to, label);
    case 'catch':
      return source.was.has('caught');
    case 'fallback':
      return source.was.has('recovering');
    case 'undo':
      return true;
    case 'transition':
      return false;
  }
}

/** Several cases may lead to the same task. */
function chose(decision: Trace['decision'], to: string, label = ''): boolean {
  const { case: chosen, next = [] } = decision ?? {};

  return next.includes(to) && (chosen === undefined || label === chosen || label.startsWith(`${chosen} if `));
}

type Sources = { readonly traces: Traces; readonly definition: Definition };

function evidenceOf(
  { from, to, kind }: GraphEdge,
  { traces, definition }: Sources,
): Pick<GraphEdge, 'evidence'> {
  if (kind === 'case') {
    const task = placesOf(definition).get(from)?.task;
    const decision = traces.get(from)?.decision;
    if (decision === undefined || task?.type !== 'DECISION') return {};
    return { evidence: `${task.param} was ${decision.value}` };
  }
  const when = placesOf(definition).get(to)?.task.when;
  const condition = traces.get(to)?.condition;
  if (kind !== 'needs' || when === undefined || condition === undefined) return {};
  const { result, seen } = condition;

  return { evidence: `${when} was ${result}${seen === '' ? '' : `: ${seen}`}` };
}
