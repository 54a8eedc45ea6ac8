import type { RunView } from '../../../ports/workflows.ts';
import type { CliIo } from '../app.ts';
import type { Display } from './display.ts';
import type { Surface } from './surface.ts';

/** At most ten frames a second; a long run takes longer to fold, and then drawing takes at most a fifth of the time. */
const frameMsMin = 100;
const pausePerCost = 4;
/** Elapsed times move on although nothing happens. */
const tickMs = 1000;

/** A run, drawn over and over in its place on the terminal. */
export function createLiveDisplay(options: {
  readonly io: CliIo;
  readonly surface: Surface;
  /** The run as it is now. */
  readonly view: () => Promise<RunView>;
}): Display {
  const { io, surface, view } = options;
  const { clock } = io;
  const restored = io.onExit(() => surface.end());
  let cancel: (() => void) | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let nextAt = 0;
  let drawing = false;
  let missed = false;
  let ended = false;

  function schedule(delayMs: number): void {
    const at = Math.max(nextAt, clock.now() + delayMs);
    missed ||= drawing;
    if (ended || drawing || at >= dueAt) return;
    cancel?.();
    dueAt = at;
    cancel = clock.after(Math.max(0, at - clock.now()), () => void refresh());
  }

  async function refresh(): Promise<void> {
    cancel = undefined;
    dueAt = Number.POSITIVE_INFINITY;
    drawing = true;
    missed = false;
    const begun = clock.now();
    const shown = await view().catch(() => undefined);
    drawing = false;
    if (ended) return;
    if (shown !== undefined) surface.draw(shown);
    nextAt = clock.now() + Math.max(frameMsMin, (clock.now() - begun) * pausePerCost);
    schedule(missed ? 0 : tickMs);
  }

  return {
    record: () => schedule(0),
    end: (last) => {
      ended = true;
      cancel?.();
      if (last !== undefined) surface.draw(last);
      surface.end();
      restored();
    },
  };
}
