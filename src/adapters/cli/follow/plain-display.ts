import type { Clock } from '../../../ports/clock.ts';
import type { RunView } from '../../../ports/workflows.ts';
import { type TransitionLine, transitionLines } from '../../../projections/record-lines.ts';
import { waitLine } from '../../../projections/run-why.ts';
import type { Output } from '../output.ts';
import { appearanceOf } from '../render/glyphs.ts';
import { formatElapsed } from '../render/times.ts';
import { oneLine } from '../render/width.ts';
import type { Display } from './display.ts';

/** A run in which nothing has happened for so long gets a line that says what it waits for. */
const idleMs = 3000;

/** One line per transition, for logs and pipes. */
export function createPlainDisplay(options: {
  readonly output: Output;
  readonly clock: Clock;
  /** The run as it is now. */
  readonly view: () => Promise<RunView>;
}): Display {
  const { output, clock, view } = options;
  const told = new Set<string>();
  let cancel = (): void => {};
  let ended = false;

  async function tellWaits(): Promise<void> {
    const { waitsFor } = await view();
    for (const wait of waitsFor) {
      const line = waitLine(wait);
      if (ended || told.has(line)) continue;
      told.add(line);
      output.note(`${output.notePaint.glyph('WAITING')} ${oneLine(line)}`);
    }
  }

  return {
    record: (record) => {
      for (const line of transitionLines(record)) output.note(plainLine(line, output));
      cancel();
      cancel = clock.after(idleMs, () => void tellWaits().catch(() => {}));
    },
    end: () => {
      ended = true;
      cancel();
    },
  };
}

/** `✓ scan_files completed 1.2s  41 files`. */
function plainLine({ task, status, elapsedMs, note }: TransitionLine, { notePaint }: Output): string {
  const { look, word } = appearanceOf(status);
  const time = elapsedMs === undefined ? '' : ` ${formatElapsed(elapsedMs)}`;
  const text = note === '' ? '' : `  ${notePaint.dim(oneLine(note))}`;

  return `${notePaint.glyph(status)} ${task ?? notePaint.bold('run')} ${notePaint.look(look, word)}${time}${text}`;
}
