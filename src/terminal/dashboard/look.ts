import type { Paint } from '../render/paint.ts';
import type { TimeStyle } from '../render/times.ts';

/** How and where something is drawn: `columns` and `rows` are the room that there is for it. */
export type Drawing = {
  readonly paint: Paint;
  readonly nowMs: number;
  readonly columns: number;
  readonly rows: number;
  readonly time: TimeStyle;
};

/** A line across the room. */
export function ruleOf({ paint, columns }: Drawing): string {
  return paint.dim((paint.ascii ? '-' : '─').repeat(columns));
}
