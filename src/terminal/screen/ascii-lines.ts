import { toAscii } from '../../cli/output.ts';
import { truncateToWidth, widthOf } from '../render/width.ts';

/** How much wider `...` is than the character that stands for it elsewhere. */
const dotsWidth = 2;

/** Lines for a terminal of ASCII alone: some of our characters take more room there, and the lines still fit. */
export function asciiLines(lines: readonly string[], columns: number): readonly string[] {
  return lines.map((line) => {
    const text = toAscii(line);

    return widthOf(text) <= columns ? text : toAscii(truncateToWidth(text, columns - dotsWidth));
  });
}
