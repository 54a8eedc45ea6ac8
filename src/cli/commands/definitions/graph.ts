import type { Definition } from '../../../../machines/definition.ts';
import type { Graph } from '../../../api/run-parts.ts';
import { bookAndDefinition } from '../../../operations/runs/graphs.ts';
import type { Layout } from '../../../ports/layout.ts';
import { definitionGraph, placedGraph } from '../../../projections/definition/definition-graph.ts';
import { runGraph } from '../../../projections/run/run-graph.ts';
import {
  boxesInCharacters,
  drawnGraph,
  linesInCharacters,
  widthInCharacters,
} from '../../../terminal/render/graph-drawing.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, refuseUnlessRuns } from '../../invocation.ts';
import { withPorts } from '../../with-ports.ts';
import { drawnDefinition } from './chart.ts';

/** `workflow graph <definition|run>`: the tasks as boxes and what follows from what, drawn with characters. */
export async function graphCommand(invocation: Invocation, name: string): Promise<ExitCode> {
  const { app, output } = invocation;
  const { definition, rows } = isRunName(name)
    ? await ofRun(invocation, name)
    : { definition: (await drawnDefinition(invocation, name)).loaded.definition, rows: undefined };
  const layout = await app.layout();
  const placed = await fitting(definition, layout, output.columns()).finally(() => layout.close());
  const graph = rows === undefined ? placed : runGraph(placed, { rows, definition });
  const lines = drawnGraph(graph, output.paint);
  output.document('DefinitionGraph', { definition: definition.id, version: definition.version, lines });
  output.data(lines.join('\n'));
  const columns = output.columns();
  if (columns !== undefined && widthInCharacters(graph) > columns)
    output.note(`it is wider than the terminal: ${invocation.hint('graph', name)} | less -S`);

  return 0;
}

/** Runs are named by their ids, as lists show them, and by words that begin with @. */
function isRunName(name: string): boolean {
  return name.startsWith('@') || /^0[0-9a-hjkmnp-tv-z]{4,}$/.test(name);
}

async function ofRun(invocation: Invocation, name: string) {
  await refuseUnlessRuns(invocation);

  return withPorts(invocation, async (ports) => {
    const run = await ports.workflows.resolve(name);
    const { definition, rows } = await bookAndDefinition(ports, run);
    if (definition !== undefined) return { definition, rows };
    const message = `the definition of run ${name} is not stored, or cannot be read any more`;
    throw new CliFailure('definition.missing', message);
  });
}

/** From top to bottom, or from left to right where only that fits. */
async function fitting(definition: Definition, layout: Layout, columns: number | undefined): Promise<Graph> {
  const { boxes, lines } = definitionGraph(definition);
  const graph = { boxes: boxesInCharacters(boxes), lines };
  const asked = { boxes: graph.boxes, lines: linesInCharacters(lines) };
  const down = placedGraph(graph, await layout.place({ ...asked, direction: 'down' }));
  if (columns === undefined || widthInCharacters(down) <= columns) return down;
  const right = placedGraph(graph, await layout.place({ ...asked, direction: 'right' }));

  return widthInCharacters(right) <= columns ? right : down;
}
