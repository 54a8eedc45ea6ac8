import { transitionLines } from '../../../projections/record-lines.ts';
import { appearanceOf } from '../render/glyphs.ts';
import { formatElapsed } from '../render/times.ts';
import { oneLine, truncateToWidth } from '../render/width.ts';
import { type Known, markedRun } from './known.ts';
import type { Look } from './look.ts';
import type { DashboardState } from './state.ts';

/** What the marked run did lately, a line for each change, the latest last. */
export function logLines(known: Known, state: DashboardState, look: Look): readonly string[] {
  const run = markedRun(known, state)?.run ?? '';
  const { paint, columns } = look;
  const own = known.records.filter(({ id }) => id.startsWith(`${run}/`));

  return own.flatMap((record) =>
    transitionLines(record).map(({ time, task, status, elapsedMs, note }) => {
      const { look: hue, word } = appearanceOf(status);
      const took = elapsedMs === undefined ? '' : ` ${formatElapsed(elapsedMs)}`;
      const text = `${paint.dim(time.slice(11, 19))} ${paint.glyph(status)} ${oneLine(task ?? 'run')} ${paint.look(hue, word)}${took}`;
      return truncateToWidth(` ${text}  ${paint.dim(oneLine(note))}`.trimEnd(), columns);
    }),
  );
}
