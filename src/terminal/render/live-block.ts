import {
  beginUpdate,
  changedLines,
  clearBelow,
  clearLine,
  type Drawn,
  endUpdate,
  hideCursor,
  showCursor,
  type Terminal,
} from '../screen/changed-lines.ts';

/** Lines at the bottom of a terminal that are drawn over and over in the same place. */
export type LiveBlock = {
  readonly draw: (lines: readonly string[]) => void;
  /** Leaves the last lines where they are and gives the terminal back. */
  readonly end: () => void;
};

const csi = '\u001b[';

/** Draws only the lines that changed. A line never wraps and the block never scrolls, so that its place stays known. */
export function createLiveBlock({ write, columns, rows }: Terminal): LiveBlock {
  let shown: Drawn = { lines: [], columns: columns() };
  let hidden = false;

  function draw(lines: readonly string[]): void {
    const width = columns() - 1;
    const fitted = changedLines(fitHeight(lines, Math.max(1, rows() - 1)), width, shown);
    const height = shown.lines.length;
    if (fitted.length === height && fitted.every(({ isNew }) => !isNew)) return;

    const up = height > 0 ? `${csi}${height}A` : '';
    const body = fitted.map(({ text, isNew }) => (isNew ? `\r${text}${clearLine}\n` : '\n')).join('');
    const rest = fitted.length < height ? clearBelow : '';
    write(`${beginUpdate}${hidden ? '' : hideCursor}${up}\r${body}${rest}${endUpdate}`);
    hidden = true;
    shown = { lines: fitted.map(({ text }) => text), columns: width };
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
