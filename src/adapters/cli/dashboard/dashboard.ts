import type { CliIo, Watching } from '../app.ts';
import { failureOf } from '../cli-failure.ts';
import type { Output } from '../output.ts';
import type { TimeStyle } from '../render/times.ts';
import { asciiLines } from '../screen/ascii-lines.ts';
import type { Key } from '../screen/key.ts';
import { createScreen } from '../screen/screen.ts';
import { dashboardFrame } from './frame.ts';
import { createFrames } from './frames.ts';
import { type Known, markedRun } from './known.ts';
import { press } from './press.ts';
import { createSight } from './sight.ts';
import type { Asked, AskedOfRun, DashboardState } from './state.ts';

export type DashboardOptions = {
  readonly io: CliIo;
  readonly keys: NonNullable<CliIo['keys']>;
  readonly output: Output;
  readonly watching: Watching;
  readonly time: TimeStyle;
  readonly state: DashboardState;
  /** Whose name stands in the journal for what is asked. */
  readonly actor: string;
  /** What is to be told meanwhile, in words. */
  readonly onTold: (listener: (text: string) => void) => void;
};

/** Shows all runs until the person leaves, and gives the terminal back however that happens. Resolves with the run. */
export async function showDashboard(options: DashboardOptions): Promise<string | undefined> {
  const { io, keys, output, watching } = options;
  let { state } = options;
  const screen = createScreen({ write: io.stdout, columns: () => io.columns, rows: () => io.rows });
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const frames = createFrames(io.clock, draw);
  const sight = createSight(watching, { clock: io.clock, onChange: frames.soon });
  options.onTold((text) => become({ ...state, note: { text, isError: true } }));

  function become(next: DashboardState): void {
    state = next;
    frames.soon();
  }

  function draw(): void {
    const known = sight.known();
    const marked = markedRun(known, state)?.run;
    // A key is meant for the run that is seen to be marked, whatever starts before it is pressed.
    if (marked !== undefined) state = { ...state, marked };
    sight.mark(marked);
    const { paint } = output;
    const { columns, rows } = io;
    const look = { paint, nowMs: io.clock.now(), columns, rows, time: options.time };
    const lines = dashboardFrame(known, state, look);
    screen.draw(paint.ascii ? asciiLines(lines, columns) : lines);
  }

  function pressed(key: Key): void {
    const { state: next, asked } = press(state, key, sight.known());
    become(next);
    if (asked !== undefined) act(asked);
  }

  function act(asked: Asked): void {
    if (asked.kind === 'quit') leave();
    else if (asked.kind === 'refresh') {
      screen.forget();
      sight.refresh();
    } else {
      become({ ...state, note: { text: 'asking the engine ...', isError: false } });
      void carriedOut(options, asked).then((note) => become({ ...state, note }));
    }
  }

  const ends = [
    io.onExit(() => screen.end()),
    keys(pressed),
    io.onInterrupt(() => leave()),
    io.onResize(frames.soon),
  ];
  frames.soon();
  await left;
  const run = last(sight.known(), state);
  sight.close();
  frames.end();
  for (const end of ends) end();
  screen.end();

  return run;
}

function last(known: Known, state: DashboardState): string | undefined {
  return markedRun(known, state)?.run;
}

const done: Readonly<Record<string, string>> = {
  pauseRun: 'paused',
  resumeRun: 'resumed',
  cancelRun: 'is being cancelled',
  terminateRun: 'terminated',
};

/** What came of a command, in words. */
async function carriedOut(
  { watching, actor }: DashboardOptions,
  asked: AskedOfRun,
): Promise<{ readonly text: string; readonly isError: boolean }> {
  const { kind, run } = asked;
  try {
    const answer = await watching.workflows.command(run, { kind }, actor);
    if (!answer.ok) return { text: `refused: ${answer.refusal.message}`, isError: true };

    return { text: `${run} ${done[kind] ?? kind} (event ${answer.sequence})`, isError: false };
  } catch (error) {
    return { text: failureOf(error).message, isError: true };
  }
}
