import { compileChart } from '../../../../machines/chart/chart.ts';
import {
  type Diagram,
  type DiagramState,
  type DiagramTransition,
  diagramOf,
  labelOf,
} from '../../../../machines/chart/statechart/diagram.ts';
import { type Statechart, statechartOf } from '../../../../machines/chart/statechart/statechart.ts';
import type { Definition } from '../../../../machines/definition.ts';
import type { GraphNode } from '../../../api/run-parts.ts';
import {
  isDefinitionPath,
  type ResolvedDefinition,
  resolveDefinition,
} from '../../../operations/definitions/resolve-definition.ts';
import type { Layout } from '../../../ports/layout.ts';
import {
  cornerOf,
  definitionGraph,
  placedGraph,
  type UnplacedGraph,
} from '../../../projections/definition/definition-graph.ts';
import { stateGraph } from '../../../projections/definition/state-graph.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { definitionSources, resolveFile } from '../../start/definition-sources.ts';

export type ChartFlags = { readonly format: 'xstate' | 'mermaid' | 'tasks' | 'svg' | 'json' };

/** Longer labels are cut; the JSON has them in full. */
const labelMax = 48;

/** `workflow chart <definition>`: the XState machine that a definition compiles to, as code, JSON or a picture. */
export async function chartCommand(
  invocation: Invocation,
  name: string,
  { format }: ChartFlags,
): Promise<ExitCode> {
  const { output, app } = invocation;
  const { loaded, file } = await drawnDefinition(invocation, name);
  const { definition, ref } = loaded;
  const { config } = statechartOf(compileChart(definition, ref));
  const drawing = async (): Promise<string> => {
    switch (format) {
      case 'json':
        return JSON.stringify(config, null, 2);
      case 'xstate':
        return moduleText(config);
      case 'mermaid':
        return mermaidText(diagramOf(config));
      case 'tasks':
        return taskFlowText(definition);
      case 'svg': {
        const layout = await app.layout();
        return svgText(stateGraph(loaded), layout).finally(() => layout.close());
      }
    }
  };
  const text = await drawing();
  output.document('Chart', { definition: ref, file, format, ...(format === 'json' ? { config } : { text }) });
  output.data(text);

  return 0;
}

/** The definition that is to be drawn. Only a registered version needs a server. Rejects with DefinitionRefused. */
export async function drawnDefinition(invocation: Invocation, name: string): Promise<ResolvedDefinition> {
  const { app, projectDir } = invocation;
  if (isDefinitionPath(name) || (await app.isNew(projectDir()))) return resolveFile(invocation, name);

  return withSession(invocation, 'none', async ({ workflows }) =>
    resolveDefinition(await definitionSources(invocation, workflows), name),
  );
}

/** A module for editors: guards and actions are names only, implemented by our library. */
function moduleText(config: Statechart['config']): string {
  return `import { createMachine } from 'xstate';\n\nexport const machine = createMachine(${JSON.stringify(config, null, 2)});`;
}

/** The diagram as Mermaid's `stateDiagram-v2`. */
function mermaidText({ states, transitions }: Diagram): string {
  const numbers = new Map(states.map(({ id }, index) => [id, `s${index}`]));
  const named = (id: string): string => numbers.get(id) ?? 's0';
  const arrowsIn = (id: string): readonly string[] => [
    ...new Set(
      transitions
        .filter(({ from }) => parentOf(states, from) === id)
        .map((each) => {
          const to = besideOrInside(states, each);
          // Mermaid cannot draw an arrow from a state to one inside of it.
          if (to === undefined)
            return `%% ${named(each.from)}, from anywhere: ${named(each.to)}: ${shortened(labelOf(each))}`;
          return `${named(each.from)} --> ${named(to)}: ${mermaidLabel(shortened(labelOf(each)))}`;
        }),
    ),
  ];
  const stateLines = (state: DiagramState): readonly string[] => {
    const name = named(state.id);
    const head = `state "${mermaidLabel(state.label)}" as ${name}`;
    const inner = states.filter(({ parent }) => parent === state.id);
    const end = state.kind === 'final' ? [`${name} --> [*]`] : [];
    if (inner.length === 0) return [head, ...end];
    const parts = inner.map((each) => [
      ...(each.isInitial ? [`[*] --> ${named(each.id)}`] : []),
      ...stateLines(each),
    ]);
    const between = state.kind === 'parallel' ? ['--'] : [];
    const lines = parts.flatMap((part, index) => (index === 0 ? part : [...between, ...part]));
    return [`${head} {`, ...[...lines, ...arrowsIn(state.id)].map((line) => `  ${line}`), '}'];
  };
  const outermost = states.filter(({ parent }) => parent === undefined).flatMap(stateLines);

  return ['stateDiagram-v2', ...outermost.map((line) => `  ${line}`)].join('\n');
}

/** The tasks as Mermaid's `flowchart`: what follows from what, those in a FORK or a loop inside of it. */
export function taskFlowText(definition: Definition): string {
  const { boxes, lines } = definitionGraph(definition);
  const numbers = new Map(boxes.map(({ id }, index) => [id, `t${index}`]));
  const named = (id: string): string => numbers.get(id) ?? '';
  const boxLines = (parent: string | undefined): readonly string[] =>
    boxes
      .filter((box) => box.parent === parent)
      .flatMap((box) => {
        const { id, type, name = id } = box;
        const inner = boxLines(id);
        const label = `"${mermaidLabel(name)}"`;
        if (inner.length > 0) {
          return [`subgraph ${named(id)} [${label}]`, ...inner.map((line) => `  ${line}`), 'end'];
        }
        const [left, right] = taskShapes[type] ?? ['[', ']'];
        return [`${named(id)}${left}${label}${right}`];
      });
  const arrows = lines.map(({ from, to, kind, label = '' }) => {
    const text = [kind === 'needs' || kind === 'case' ? '' : kind, shortened(label)]
      .filter(Boolean)
      .join(' ');
    const arrow = kind === 'needs' || kind === 'case' ? '-->' : '-.->';
    return `${named(from)} ${arrow}${text === '' ? '' : `|"${mermaidLabel(text)}"|`} ${named(to)}`;
  });

  return ['flowchart TD', ...[...boxLines(undefined), ...arrows].map((line) => `  ${line}`)].join('\n');
}

/** How tasks look in a flowchart; those that are not named are plain boxes. */
const taskShapes: Readonly<Record<string, readonly [string, string]>> = {
  DECISION: ['{', '}'],
  HUMAN: ['[/', '/]'],
  WAIT: ['(', ')'],
  TERMINATE: ['([', '])'],
};

/** The states as SVG, placed by the layout. */
async function svgText(states: UnplacedGraph, layout: Layout): Promise<string> {
  const lines = states.lines.map((line) => ({ ...line, label: shortened(line.label ?? '') }));
  const placed = await layout.place({ boxes: states.boxes, lines, direction: 'right' });
  const { nodes, edges, width, height } = placedGraph({ ...states, lines }, placed);
  const byId = new Map(nodes.map((node) => [node.id, node]));

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>',
    ...nodes.map((node) => boxText(node, byId)),
    ...edges.map(({ points, label = '' }) => arrowText(points, label)),
    '</svg>',
  ].join('\n');
}

type Nodes = ReadonlyMap<string, GraphNode>;

function boxText(node: GraphNode, nodes: Nodes): string {
  const { x, y } = cornerOf(node, nodes);
  const { name = node.id, type, width, height } = node;
  const stroke = node.isInitial === true ? 2 : 1;
  const dashes = nodes.get(node.parent ?? '')?.type === 'parallel' ? ' stroke-dasharray="6 3"' : '';
  const rect = (by: number) =>
    `<rect x="${x + by}" y="${y + by}" width="${width - 2 * by}" height="${height - 2 * by}" rx="6" fill="${by === 0 ? 'white' : 'none'}" stroke="black" stroke-width="${stroke}"${dashes}/>`;

  return [
    rect(0),
    ...(type === 'final' ? [rect(3)] : []),
    `<text x="${x + 12}" y="${y + 20}">${escaped(name)}</text>`,
  ].join('');
}

function arrowText(points: readonly { readonly x: number; readonly y: number }[], label: string): string {
  const middle = points[Math.floor(points.length / 2)];
  if (middle === undefined) return '';
  const corners = points.map(({ x, y }) => `${x},${y}`).join(' ');
  const text = `<text x="${middle.x + 4}" y="${middle.y - 4}" font-size="9">${escaped(label)}</text>`;

  return `<polyline points="${corners}" fill="none" stroke="gray" marker-end="url(#head)"/>${text}`;
}

function parentOf(states: readonly DiagramState[], id: string): string | undefined {
  return states.find((each) => each.id === id)?.parent;
}

/** The ancestor of the target that stands beside the source; undefined if the target is inside of the source. */
function besideOrInside(
  states: readonly DiagramState[],
  { from, to }: DiagramTransition,
): string | undefined {
  const beside = parentOf(states, from);
  let at: string | undefined = to;
  while (at !== undefined && parentOf(states, at) !== beside) at = parentOf(states, at);

  return at === from && to !== from ? undefined : at;
}

/** Escapes characters with a meaning in Mermaid. */
function mermaidLabel(text: string): string {
  return text.replaceAll(/[#;"<>]/g, (character) => `#${character.charCodeAt(0)};`);
}

function shortened(text: string): string {
  return text.length > labelMax ? `${text.slice(0, labelMax - 1)}…` : text;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
