import type { BoardLine } from '../../../ports/board.ts';
import { truncateToWidth } from '../render/width.ts';
import type { Look } from './look.ts';
import { possibleFor } from './possible.ts';
import type { DashboardState } from './state.ts';

/** The keys, always in sight: those that do nothing now are dim. */
export function footerLine(
  line: BoardLine | undefined,
  { readOnly, view, dialog }: DashboardState,
  { paint, columns }: Look,
): string {
  if (dialog !== undefined) return '';
  const possible = possibleFor(line, readOnly);
  const key = (text: string, why?: string): string => (why === undefined ? text : paint.dim(text));
  const keys = [
    possible.resume === undefined ? '[R]esume' : '[R]efresh',
    key(view === 'details' ? '[D] back' : '[D]etails'),
    key('[P]ause', possible.pause),
    key('[K]ill...', possible.kill),
    key(view === 'logs' ? '[L] back' : '[L]ogs'),
    '[Q]uit',
  ].join(' ');
  const more = paint.dim('  / filter  ? keys  o web');

  return truncateToWidth(` ${keys}${more}${readOnly ? '  read-only' : ''}`, columns);
}
