import type { Definition } from '../../../machines/definition.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import { taskLinesInText } from '../../../machines/language/text/task-lines-in-text.ts';
import type { Graph } from '../../api/run-parts.ts';
import type { Layout } from '../../ports/layout.ts';
import { definitionGraph, placedGraph } from '../../projections/definition/definition-graph.ts';
import { runGraph } from '../../projections/run/run-graph.ts';
import { type ApiDeps, RequestRefused } from '../api.ts';
import { bookAndDefinition } from './run-named.ts';

const namedBy = { needs: '', case: '', catch: 'catch', fallback: 'fallback', undo: 'undo' } as const;
const keptMax = 100;
const kept = new WeakMap<Layout, Map<string, Promise<Graph>>>();

/** The graph of a definition, placed once for each text. Rejects where it is too large to draw. */
export function graphOf(layout: Layout, { definition, text }: LoadedDefinition): Promise<Graph> {
  const graphs = kept.get(layout) ?? new Map<string, Promise<Graph>>();
  kept.set(layout, graphs);
  const key = sha256Hex(text);
  const graph = graphs.get(key) ?? drawn(layout, definition, text);
  graphs.delete(key);
  graphs.set(key, graph);
  graph.catch(() => graphs.delete(key));
  const [oldest] = graphs.keys();
  if (graphs.size > keptMax && oldest !== undefined) graphs.delete(oldest);

  return graph;
}

async function drawn(layout: Layout, definition: Definition, text: string): Promise<Graph> {
  const graph = definitionGraph(definition);
  // As it is drawn: lines of these kinds are named by them where they have no label of their own.
  const lines = graph.lines.map((line) => ({ ...line, label: line.label ?? namedBy[line.kind] }));
  const placed = await layout.place({ boxes: graph.boxes, lines, direction: 'right' });

  return placedGraph(graph, placed, taskLinesInText(text));
}

/** The graph of the definition of a run, with how it went through it. Rejects with RequestRefused where it is gone. */
export async function graphOfRun(
  deps: Pick<ApiDeps, 'workflows' | 'board' | 'rows' | 'layout'>,
  name: string,
  at: number | undefined,
): Promise<Graph> {
  const { rows, loaded } = await bookAndDefinition(deps, name);
  if (loaded === undefined) {
    const message = `the definition of run ${name} is not stored, or cannot be read any more`;
    throw new RequestRefused({ code: 'definition.missing', message });
  }

  return runGraph(await graphOf(deps.layout, loaded), { rows, at, definition: loaded.definition });
}
