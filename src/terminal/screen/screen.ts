import { toAscii } from '../../cli/output.ts';
import { truncateToWidth, widthOf } from '../render/width.ts';
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
} from './changed-lines.ts';

/** How much wider `...` is than the character that stands for it elsewhere. */
const dotsWidth = 2;

/** The whole terminal: what was on it before comes back when it ends. */
export type Screen = {
  readonly draw: (lines: readonly string[]) => void;
  /** The next frame is drawn whole: somebody else has written on the terminal. */
  readonly forget: () => void;
  /** Gives the terminal back; again is fine. */
  readonly end: () => void;
};

const csi = '\u001b[';

const enter = `${csi}?1049h`;

const leave = `${csi}?1049l`;

const clearAll = `${csi}2J`;

/** Takes the terminal over. Draws only the lines that changed, each at its place, so that nothing scrolls or wraps. */
export function createScreen({ write, columns, rows }: Terminal): Screen {
  let before: Drawn | undefined;
  let height = rows();
  let ended = false;
  write(`${enter}${hideCursor}${clearAll}`);

  function draw(lines: readonly string[]): void {
    if (ended) return;
    if (height !== rows()) before = undefined;
    height = rows();
    const width = columns();
    const fitted = changedLines(lines.slice(0, height), width, before);
    const body = fitted
      .map(({ text, isNew }, index) => (isNew ? `${csi}${index + 1};1H${text}${clearLine}` : ''))
      .join('');
    const isShorter = before === undefined || fitted.length < before.lines.length;
    const rest = isShorter && fitted.length < height ? `${csi}${fitted.length + 1};1H${clearBelow}` : '';
    before = { lines: fitted.map(({ text }) => text), columns: width };
    if (body !== '' || rest !== '') write(`${beginUpdate}${body}${rest}${endUpdate}`);
  }

  return {
    draw,
    forget: () => {
      before = undefined;
    },
    end: () => {
      if (ended) return;
      ended = true;
      write(`${showCursor}${leave}`);
    },
  };
}

/** Lines for a terminal of ASCII alone: some of our characters take more room there, and the lines still fit. */
export function asciiLines(lines: readonly string[], columns: number): readonly string[] {
  return lines.map((line) => {
    const text = toAscii(line);

    return widthOf(text) <= columns ? text : toAscii(truncateToWidth(text, columns - dotsWidth));
  });
}
