import { truncateToWidth } from '../render/width.ts';

const csi = '\u001b[';
/** Terminals that know synchronized output show a frame at once; the others ignore it. */
export const beginUpdate = `${csi}?2026h`;
export const endUpdate = `${csi}?2026l`;
export const hideCursor = `${csi}?25l`;
export const showCursor = `${csi}?25h`;
export const clearLine = `${csi}K`;
export const clearBelow = `${csi}J`;

/** Where lines are drawn. The size is asked each time: it changes. */
export type Terminal = {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
};

/** A frame as it was drawn: lines that fit, and the width that they fit. */
export type Drawn = { readonly lines: readonly string[]; readonly columns: number };

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const colourOrControl = /\u001b\[[0-9;]*m|\p{Cc}/gu;

/** What colours a line stays; whatever else steers a terminal is not for those whose words are shown to write. */
function harmless(line: string): string {
  return line.replace(colourOrControl, (found) => (found.length > 1 ? found : ''));
}

/**
 * The lines of a new frame, cut to the width, each with whether it has to be written. After a resize the terminal has
 * wrapped what was there in its own way: every line is written again.
 */
export function changedLines(
  lines: readonly string[],
  columns: number,
  before: Drawn | undefined,
): readonly { readonly text: string; readonly isNew: boolean }[] {
  const known = before?.columns === columns ? before.lines : [];

  return lines.map((line, index) => {
    const text = truncateToWidth(harmless(line), columns);
    return { text, isNew: text !== known[index] };
  });
}
