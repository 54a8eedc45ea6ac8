import type { TaskLine } from '../../projections/task/task-order.ts';
import { appearanceOf } from './glyphs.ts';
import type { Paint } from './paint.ts';
import { formatElapsed } from './times.ts';
import { oneLine, padToWidth, truncateToWidth, widthOf } from './width.ts';

const idWidthMax = 40;

/** Tasks as lines with glyph, id, word, elapsed time and a note, aligned. `columns` cuts what does not fit. */
export function taskRows(lines: readonly TaskLine[], paint: Paint, columns?: number): readonly string[] {
  const idWidth = Math.min(idWidthMax, widest(lines.map(idText)));
  const wordWidth = widest(lines.map(({ status }) => appearanceOf(status).word));
  const timeWidth = widest(lines.map(elapsedText));

  return lines.map((line) => {
    const { look, word } = appearanceOf(line.status);
    const row = [
      paint.glyph(line.status),
      padToWidth(truncateToWidth(idText(line), idWidth), idWidth),
      paint.look(look, padToWidth(word, wordWidth)),
      padToWidth(elapsedText(line), timeWidth, 'right'),
      paint.dim(oneLine(line.note)),
    ].join(' ');

    return (columns === undefined ? row : truncateToWidth(row, columns)).trimEnd();
  });
}

/** What is inside of another task stands further in. */
function idText({ id, depth }: TaskLine): string {
  return `${'  '.repeat(depth)}${id}`;
}

function elapsedText({ elapsedMs }: TaskLine): string {
  return elapsedMs === undefined ? '' : formatElapsed(elapsedMs);
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, widthOf(text)), 0);
}
