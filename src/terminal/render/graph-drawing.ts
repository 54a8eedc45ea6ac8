import type { Graph, GraphNode } from '../../api/run-parts.ts';
import type { LayoutBox, LayoutLine } from '../../ports/layout.ts';
import { cornerOf } from '../../projections/definition/definition-graph.ts';
import type { Paint } from './paint.ts';
import { oneLine, truncateToWidth, widthOf } from './width.ts';

/** A layout places in pixels: so many are one character, in both directions. */
const unit = 10;
const nameMax = 32;
const labelMax = 24;
/** What a layout reserves for each character of a label, which is less than one of ours. */
const labelScale = 1.5;

type Box = LayoutBox & { readonly name?: string | undefined };

/** The boxes of a graph as large as their names in characters, to be placed. */
export function boxesInCharacters<Each extends Box>(boxes: readonly Each[]): readonly Each[] {
  return boxes.map((box) => ({ ...box, width: (widthOf(nameOf(box)) + 6) * unit, height: 3 * unit }));
}

/** The lines of a graph with as much room for their labels as these take in characters. */
export function linesInCharacters<Each extends LayoutLine>(lines: readonly Each[]): readonly Each[] {
  return lines.map((line) => ({
    ...line,
    label: 'x'.repeat(Math.ceil(widthOf(labelOf(line)) * labelScale)),
  }));
}

/** How many columns a graph takes that was placed in characters. */
export function widthInCharacters({ width }: Pick<Graph, 'width'>): number {
  return toCells(width);
}

function nameOf({ name, id }: Pick<GraphNode, 'name' | 'id'>): string {
  return truncateToWidth(oneLine(name ?? id), nameMax);
}

function labelOf({ label = '' }: Pick<LayoutLine, 'label'>): string {
  return truncateToWidth(oneLine(label), labelMax);
}

/** Ways out of a place in the picture. */
const way = { up: 1, right: 2, down: 4, left: 8 } as const;
/** By the ways out of a place, added up. */
const strokes = ' │─└││┌├─┘─┴┐┤┬┼';

/** A place: the ways of a line, or a text that stands there. The second half of a wide character has none. */
type Cell = { ways: number; text?: string; look?: ((text: string) => string) | undefined };

/** The graph as text, in lines. A graph of a run has the glyphs of its statuses, and the ways not taken are dim. */
export function drawnGraph({ nodes, edges }: Graph, paint: Paint): readonly string[] {
  const cells: Cell[][] = [];
  const at = (x: number, y: number): Cell => {
    const row = cells[y] ?? [];
    cells[y] = row;
    const cell = row[x] ?? { ways: 0 };
    row[x] = cell;
    return cell;
  };
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const taken = [...edges].sort((a, b) => Number(a.isTaken ?? true) - Number(b.isTaken ?? true));
  for (const { points, isTaken } of taken) {
    const corners = points.map(({ x, y }) => ({ x: toCells(x), y: toCells(y) }));
    drawLine(at, straightened(corners), isTaken === false ? paint.dim : undefined);
  }
  for (const node of nodes) {
    const { x, y } = cornerOf(node, byId);
    drawBox(at, { node, x: toCells(x), y: toCells(y), paint });
  }
  for (const edge of edges) drawLabel(at, edge.points, labelOf(edge));
  for (const { points } of edges) drawHead(at, points, paint.ascii);

  return withoutRepeats(cells).map((row) => rowText(row, paint.ascii));
}

function toCells(pixels: number): number {
  return Math.round(pixels / unit);
}

/** Corners that rounding has put askew are set right: a line goes along one direction at a time. */
function straightened(corners: readonly Place[]): readonly Place[] {
  return corners.flatMap((corner, index) => {
    const before = corners[index - 1];
    if (before === undefined || before.x === corner.x || before.y === corner.y) return [corner];
    return [{ x: corner.x, y: before.y }, corner];
  });
}

type Place = { readonly x: number; readonly y: number };
type At = (x: number, y: number) => Cell;

function drawLine(at: At, corners: readonly Place[], look: Cell['look']): void {
  corners.slice(1).forEach((to, index) => {
    const from = corners[index];
    if (from === undefined) return;
    const [dx, dy] = [Math.sign(to.x - from.x), Math.sign(to.y - from.y)];
    let { x, y } = from;
    while (x !== to.x || y !== to.y) {
      const [out, into] = waysOf(dx, dy);
      at(x, y).ways |= out;
      at(x, y).look = look;
      x += dx;
      y += dy;
      at(x, y).ways |= into;
      at(x, y).look = look;
    }
  });
}

/** The way out of a place towards the next, and the way by which the next is come to. */
function waysOf(dx: number, dy: number): readonly [number, number] {
  if (dx !== 0) return dx > 0 ? [way.right, way.left] : [way.left, way.right];

  return dy > 0 ? [way.down, way.up] : [way.up, way.down];
}

type Drawn = Place & { readonly node: GraphNode; readonly paint: Paint };

function drawBox(at: At, { node, x, y, paint }: Drawn): void {
  const [right, bottom] = [x + toCells(node.width) - 1, y + toCells(node.height) - 1];
  const border = [
    { x, y },
    { x: right, y },
    { x: right, y: bottom },
    { x, y: bottom },
    { x, y },
  ];
  const isGroup = node.height > 3 * unit;
  for (let row = y; row <= bottom; row += 1)
    for (let column = x; column <= right; column += 1)
      if (!isGroup || row === y || row === bottom || column === x || column === right)
        at(column, row).ways = 0;
  drawLine(at, border, undefined);
  const line = isGroup ? y : y + 1;
  write(
    at,
    { x: x + 2, y: line },
    `${node.status === undefined ? ' ' : '* '}${nameOf(node)}${isGroup ? ' ' : ''}`,
  );
  if (node.status !== undefined) at(x + 2, line).text = paint.glyph(node.status);
}

function write(at: At, { x, y }: Place, text: string): void {
  let column = x;
  for (const character of text) {
    const cell = at(column, y);
    cell.ways = 0;
    cell.text = character;
    cell.look = undefined;
    const width = widthOf(character);
    if (width === 2) at(column + 1, y).text = '';
    column += width;
  }
}

/** On the longest piece of the line, in its middle. */
function drawLabel(at: At, points: readonly Place[], label: string): void {
  if (label === '' || points.length < 2) return;
  const pieces = points.slice(1).map((to, index) => ({ from: points[index] ?? to, to }));
  const length = ({ from, to }: { from: Place; to: Place }) =>
    Math.abs(to.x - from.x) + Math.abs(to.y - from.y);
  const longest = pieces.reduce((best, piece) => (length(piece) > length(best) ? piece : best));
  const middle = {
    x: toCells((longest.from.x + longest.to.x) / 2) - Math.floor(widthOf(label) / 2),
    y: toCells((longest.from.y + longest.to.y) / 2),
  };
  write(at, { x: Math.max(0, middle.x), y: middle.y }, label);
}

function drawHead(at: At, points: readonly Place[], ascii: boolean): void {
  const [before, end] = points.slice(-2);
  if (before === undefined || end === undefined) return;
  // By the pixels: the last piece of a line may be shorter than a character.
  const [dx, dy] = [Math.sign(end.x - before.x), Math.sign(end.y - before.y)];
  const heads = ascii ? ['>', '<', 'v', '^'] : ['▶', '◀', '▼', '▲'];
  const head = dx !== 0 && dy === 0 ? heads[dx > 0 ? 0 : 1] : heads[dy > 0 ? 2 : 3];
  at(toCells(end.x) - (dy === 0 ? dx : 0), toCells(end.y) - dy).text = head ?? '';
}

/** A row in which lines only pass is left out where the one above it is the same, and so are empty ones at the top. */
function withoutRepeats(cells: readonly (readonly Cell[] | undefined)[]): readonly (readonly Cell[])[] {
  const rows = Array.from(cells, (row) => row ?? []);
  rows.splice(
    0,
    rows.findIndex((row) => row.length > 0),
  );
  const passing = (row: readonly Cell[]): string | undefined => {
    const ways = Array.from(row, (cell) =>
      cell?.text === undefined ? wayThrough(cell?.ways ?? 0) : undefined,
    );
    return ways.includes(undefined) ? undefined : ways.join('').trimEnd();
  };

  return rows.filter((row, index) => {
    const above = rows[index - 1];
    const text = passing(row);
    return text === undefined || above === undefined || passing(above) !== text;
  });
}

/** A line that goes up or down here, or none; undefined for any other. */
function wayThrough(ways: number): string | undefined {
  if (ways === 0) return ' ';

  return (ways & ~(way.up | way.down)) === 0 ? '|' : undefined;
}

const asciiStrokes = Array.from(strokes, (stroke) =>
  stroke === '│' ? '|' : stroke === '─' ? '-' : stroke === ' ' ? ' ' : '+',
);

/** Strokes of the same look that stand side by side are painted at once. */
function rowText(row: readonly Cell[], ascii: boolean): string {
  const parts: { look: Cell['look']; text: string }[] = [];
  for (const cell of Array.from(row, (each) => each ?? { ways: 0 })) {
    const text = cell.text ?? (ascii ? asciiStrokes : strokes)[cell.ways] ?? ' ';
    const look = cell.text === undefined && cell.ways !== 0 ? cell.look : undefined;
    const last = parts.at(-1);
    if (last !== undefined && last.look === look) last.text += text;
    else parts.push({ look, text });
  }

  return parts
    .map(({ look, text }) => look?.(text) ?? text)
    .join('')
    .trimEnd();
}
