import type { RunView } from '../../ports/runs/workflows.ts';
import { detailLines } from '../../terminal/dashboard/run-lines.ts';
import { createLiveBlock } from '../../terminal/render/live-block.ts';
import { asciiLines } from '../../terminal/screen/ascii-lines.ts';
import { createScreen } from '../../terminal/screen/screen.ts';
import type { CliIo } from '../app.ts';
import type { Output } from '../output.ts';
import { frameOf } from './frame.ts';

/** Where a run is drawn while it is followed. */
export type Surface = { readonly draw: (view: RunView) => void; readonly end: () => void };

/** The last lines of the terminal, which stay when it ends. */
export function blockSurface(io: CliIo, { notePaint: paint }: Output): Surface {
  const block = createLiveBlock({ write: io.stderr, columns: () => io.columns, rows: () => io.rows });

  return {
    draw: (view) => {
      const { columns, rows } = io;
      const frame = frameOf(view, { paint, nowMs: io.clock.now(), columns, rows });
      block.draw(paint.ascii ? asciiLines(frame, columns - 1) : frame);
    },
    end: block.end,
  };
}

/** The whole terminal, as the dashboard shows one run; what was on it before comes back. */
export function screenSurface(io: CliIo, { notePaint: paint }: Output): Surface {
  const screen = createScreen({ write: io.stderr, columns: () => io.columns, rows: () => io.rows });

  return {
    draw: (view) => {
      const { columns, rows } = io;
      const look = { paint, nowMs: io.clock.now(), columns, rows: rows - 2, time: 'relative' } as const;
      const lines = detailLines(view, undefined, look);
      const filled = Array.from({ length: rows - 1 }, (_, row) => lines[row] ?? '');
      const frame = [...filled, paint.dim(' Ctrl-C leaves; the run goes on')];
      screen.draw(paint.ascii ? asciiLines(frame, columns) : frame);
    },
    end: screen.end,
  };
}
