import { sha256Hex } from '../../../machines/hash.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import { taskLinesInText } from '../../../machines/language/text/task-names-in-text.ts';
import type { Graph, TasksOrStates } from '../../api/run-parts.ts';
import type { Layout } from '../../ports/layout.ts';
import { definitionGraph, placedGraph } from '../../projections/definition/definition-graph.ts';
import { stateGraph } from '../../projections/definition/state-graph.ts';
import type { BookRow } from '../../projections/insights/book-row.ts';
import { runGraph, runStates } from '../../projections/run/run-graph.ts';
import { knownDefinition } from '../definitions/known-definition.ts';
import type { OperationPorts } from '../use-case.ts';
import { RequestRefused } from '../use-case.ts';

const namedBy = {
  ...{ needs: '', case: '', transition: '' },
  ...{ catch: 'catch', fallback: 'fallback', undo: 'undo' },
} as const;

const keptMax = 100;

const kept = new WeakMap<Layout, Map<string, Promise<Graph>>>();

/** The graph of a definition, placed once for each text and view. Rejects where it is too large to draw. */
export function graphOf(
  layout: Layout,
  loaded: LoadedDefinition,
  view: TasksOrStates = 'tasks',
): Promise<Graph> {
  const graphs = kept.get(layout) ?? new Map<string, Promise<Graph>>();
  kept.set(layout, graphs);
  const key = `${view} ${sha256Hex(loaded.text)}`;
  const graph = graphs.get(key) ?? drawn(layout, loaded, view);
  graphs.delete(key);
  graphs.set(key, graph);
  graph.catch(() => graphs.delete(key));
  const [oldest] = graphs.keys();
  if (graphs.size > keptMax && oldest !== undefined) graphs.delete(oldest);

  return graph;
}

async function drawn(layout: Layout, loaded: LoadedDefinition, view: TasksOrStates): Promise<Graph> {
  const graph = view === 'states' ? stateGraph(loaded) : definitionGraph(loaded.definition);
  // The layout reserves room for labels: lines of these kinds are labelled by their kind.
  const lines = graph.lines.map((line) => ({ ...line, label: line.label ?? namedBy[line.kind] }));
  const placed = await layout.place({ boxes: graph.boxes, lines, direction: 'right' });

  return placedGraph(graph, placed, taskLinesInText(loaded.text));
}

/** The graph of the definition of a run, with how it went through it. Rejects with RequestRefused where it is gone. */
export async function graphOfRun(
  deps: Pick<OperationPorts, 'workflows' | 'board' | 'rows' | 'layout'>,
  name: string,
  { at, view }: { readonly at?: number | undefined; readonly view?: TasksOrStates | undefined },
): Promise<Graph> {
  const { rows, loaded } = await bookAndDefinition(deps, name);
  if (loaded === undefined) {
    const message = `the definition of run ${name} is not stored, or cannot be read any more`;
    throw new RequestRefused({ code: 'definition.missing', message });
  }

  const graph = await graphOf(deps.layout, loaded, view);
  const told = { rows, at, definition: loaded.definition };

  return view === 'states' ? runStates(graph, told) : runGraph(graph, told);
}

type Deps = Pick<OperationPorts, 'workflows' | 'board'>;

/** The full id of the run that is meant. Rejects with RunNotFound, RunAmbiguous. */
export async function runNamed({ workflows, board }: Deps, name: string): Promise<string> {
  await board.ready;

  return board.line(name) === undefined ? workflows.resolve(name) : name;
}

type Told = {
  readonly rows: readonly BookRow[];
  readonly loaded: LoadedDefinition | undefined;
  readonly definition: LoadedDefinition['definition'] | undefined;
};

/** What is told of a run by its rows, and the definition that says what its tasks are, where that is still there. */
export async function bookAndDefinition(
  deps: Deps & Pick<OperationPorts, 'rows'>,
  name: string,
): Promise<Told> {
  const { workflows, board, rows } = deps;
  const run = await runNamed(deps, name);
  const ref = board.line(run)?.head.definition;
  const [book, loaded] = await Promise.all([
    rows.open(run),
    ref === undefined ? undefined : knownDefinition(workflows, ref).catch(() => undefined),
  ]);

  return { rows: book.rows, loaded, definition: loaded?.definition };
}
