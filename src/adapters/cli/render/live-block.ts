import { truncateToWidth } from './width.ts';

/** Lines at the bottom of a terminal that are drawn over and over in the same place. */
export type LiveBlock = {
  readonly draw: (lines: readonly string[]) => void;
  /** Leaves the last lines where they are and gives the terminal back. */
  readonly end: () => void;
};

type Terminal = {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
};

const csi = '\u001b[';
const hideCursor = `${csi}?25l`;
const showCursor = `${csi}?25h`;
const beginUpdate = `${csi}?2026h`;
const endUpdate = `${csi}?2026l`;
const clearLine = `${csi}K`;
const clearBelow = `${csi}J`;

/** Draws only the lines that changed. A line never wraps and the block never scrolls, so that its place stays known. */
export function createLiveBlock({ write, columns, rows }: Terminal): LiveBlock {
  let shown: readonly string[] = [];
  let hidden = false;
  let width = columns();

  function draw(lines: readonly string[]): void {
    const fitted = fitHeight(lines, Math.max(1, rows() - 1)).map((line) =>
      truncateToWidth(line, columns() - 1),
    );
    // After a resize the terminal has wrapped what was there in its own way: every line is drawn again.
    const before = width === columns() ? shown : shown.map(() => undefined);
    width = columns();
    if (fitted.length === before.length && fitted.every((line, index) => line === before[index])) return;

    const up = shown.length > 0 ? `${csi}${shown.length}A` : '';
    const body = fitted
      .map((line, index) => (line === before[index] ? '\n' : `\r${line}${clearLine}\n`))
      .join('');
    const rest = fitted.length < shown.length ? clearBelow : '';
    write(`${beginUpdate}${hidden ? '' : hideCursor}${up}\r${body}${rest}${endUpdate}`);
    hidden = true;
    shown = fitted;
  }

  return {
    draw,
    end: () => {
      if (hidden) write(showCursor);
      hidden = false;
    },
  };
}

/** Of a block that is higher than the terminal, the first line and the last ones stay. */
function fitHeight(lines: readonly string[], height: number): readonly string[] {
  if (lines.length <= height) return lines;
  const [first = ''] = lines;

  return height < 3
    ? lines.slice(0, height)
    : [first, `… ${lines.length - height + 1} lines`, ...lines.slice(-(height - 2))];
}
