import type { CliIo, Watching } from '../../cli/app.ts';
import { cliFailureOf } from '../../cli/cli-failure.ts';
import type { Output } from '../../cli/output.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import { shortId } from '../render/short-id.ts';
import type { TimeStyle } from '../render/times.ts';
import type { Key } from '../screen/key.ts';
import { asciiLines, createScreen } from '../screen/screen.ts';
import { pressInDialog } from './dialogs.ts';
import { dashboardFrame } from './frame.ts';
import {
  type AskDialog,
  type AskedOfRun,
  type DashboardAct,
  type DashboardState,
  type KnownWorld,
  listedRuns,
  markedRun,
  type Pressed,
} from './known-runs.ts';
import { possibleFor } from './possible.ts';
import { createSight } from './sight.ts';

/** How many rows a page is. */
const page = 10;

const distances: Readonly<Record<string, number>> = {
  up: -1,
  down: 1,
  pageup: -page,
  pagedown: page,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
};

/** What is beyond the end is cut when it is drawn. */
const scrollMax = 1_000_000;

const frameMsMin = 100;
const tickMs = 1_000;

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

  function act(asked: DashboardAct): void {
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

function last(known: KnownWorld, state: DashboardState): string | undefined {
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
    return { text: cliFailureOf(error).message, isError: true };
  }
}

/** Draws when something changed, at most ten times a second, and once a second anyway: elapsed times move on. */
type Frames = { readonly soon: () => void; readonly end: () => void };

function createFrames(clock: Clock, draw: () => void): Frames {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let dueAt = Number.POSITIVE_INFINITY;
  let cancel = (): void => {};
  let ended = false;

  function at(ms: number): void {
    if (ended || ms >= dueAt) return;
    cancel();
    dueAt = ms;
    cancel = clock.after(Math.max(0, ms - clock.now()), () => {
      dueAt = Number.POSITIVE_INFINITY;
      drawnAt = clock.now();
      draw();
      at(drawnAt + tickMs);
    });
  }

  return {
    soon: () => at(Math.max(clock.now(), drawnAt + frameMsMin)),
    end: () => {
      ended = true;
      cancel();
    },
  };
}

/** What becomes of the state when a key is pressed, and what it asks for. */
export function press(state: DashboardState, key: Key, known: KnownWorld): Pressed {
  if (key.name === 'interrupt') return { state, asked: { kind: 'quit' } };
  const { note: _said, ...silent } = state;
  if (silent.dialog !== undefined) return pressInDialog(silent, silent.dialog, key);
  if (silent.typing !== undefined) return { state: typed(silent, silent.typing, key) };

  const meant = key.name === 'text' ? (moves[key.text] ?? key) : key;
  if (meant.name !== 'text') return { state: moved(silent, meant, known) };

  return silent.view === 'help' ? inHelp(silent, meant.text) : letter(silent, meant.text, known);
}

const moves: Readonly<Record<string, Named>> = { j: { name: 'down' }, k: { name: 'up' } };

/** Nothing is done to a run that is not in sight. */
function inHelp(state: DashboardState, text: string): Pressed {
  if (text.toLowerCase() === 'q') return { state, asked: { kind: 'quit' } };

  return { state: text === '?' ? shown(state, 'help') : state };
}

function letter(state: DashboardState, text: string, known: KnownWorld): Pressed {
  switch (text.toLowerCase()) {
    case 'q':
      return { state, asked: { kind: 'quit' } };
    case 'r':
      return resumed(state, known);
    case 'p':
      return paused(state, known);
    case 'k':
      return killing(state, known);
    case 'd':
      return { state: shown(state, 'details') };
    case 'l':
      return { state: shown(state, 'logs') };
    case '?':
      return { state: shown(state, 'help') };
    case '/':
      return { state: { ...state, view: 'runs', typing: state.filter } };
    case 'o':
      return { state: addressed(state, known) };
    default:
      return { state };
  }
}

/** The same key again goes back. */
function shown(state: DashboardState, view: DashboardState['view']): DashboardState {
  return { ...state, view: state.view === view ? 'runs' : view, scroll: 0 };
}

/** R resumes a run that is paused, and reads everything anew otherwise. */
function resumed(state: DashboardState, known: KnownWorld): Pressed {
  const line = markedRun(known, state);
  if (line !== undefined && possibleFor(line, state.readOnly).resume === undefined)
    return asking(state, line, 'resumeRun');

  return { state, asked: { kind: 'refresh' } };
}

function paused(state: DashboardState, known: KnownWorld): Pressed {
  const line = markedRun(known, state);
  const why = possibleFor(line, state.readOnly).pause;
  if (line === undefined || why !== undefined) return { state: noted(state, `not paused: ${why}`) };

  return asking(state, line, 'pauseRun');
}

function asking(state: DashboardState, { run, head }: BoardLine, asks: AskDialog['asks']): Pressed {
  return { state: { ...state, dialog: { asks, run, definition: nameOf(head) } } };
}

function nameOf({ definition }: BoardLine['head']): string {
  return `${definition.id} v${definition.version}`;
}

function killing(state: DashboardState, known: KnownWorld): Pressed {
  const line = markedRun(known, state);
  const why = possibleFor(line, state.readOnly).kill;
  if (line === undefined || why !== undefined) return { state: noted(state, `not ended: ${why}`) };
  const dialog = { run: line.run, definition: nameOf(line.head) };

  return { state: { ...state, dialog: { ...dialog, typed: '', choice: 'keep' } } };
}

function addressed(state: DashboardState, known: KnownWorld): DashboardState {
  const line = markedRun(known, state);
  if (known.url === undefined)
    return noted(state, 'no dashboard for browsers is running; `workflow serve` brings one');

  // What signs the browser in stands behind the path.
  const page = new URL(known.url);
  page.pathname = `/runs/${line === undefined ? '' : shortId(line.run)}`;

  return { ...state, note: { text: page.href, isError: false } };
}

function noted(state: DashboardState, text: string): DashboardState {
  return { ...state, note: { text, isError: true } };
}

/** Enter takes the filter, Esc takes it away. */
function typed(state: DashboardState, typing: string, key: Key): DashboardState {
  const { typing: _typing, ...rest } = state;
  switch (key.name) {
    case 'escape':
      return { ...rest, filter: '' };
    case 'enter':
      return { ...rest, filter: typing };
    case 'backspace':
      return { ...state, typing: typing.slice(0, -1) };
    case 'text':
      return { ...state, typing: typing + key.text };
    default:
      return state;
  }
}

type Named = Exclude<Key, { readonly name: 'text' }>;

function moved(state: DashboardState, { name }: Named, known: KnownWorld): DashboardState {
  if (name === 'escape') return left(state);
  if (name === 'tab' && state.view === 'help') return state;
  if (name === 'enter') return state.view === 'runs' ? shown(state, 'details') : state;
  if (name === 'tab') return shown(state, state.view === 'details' ? 'logs' : 'details');
  const by = distances[name];
  if (by === undefined) return state;
  if (state.view !== 'runs') return { ...state, scroll: Math.max(0, bounded(state.scroll + by)) };
  const listed = listedRuns(known, state);
  const at = listed.findIndex(({ run }) => run === markedRun(known, state)?.run);
  const next = listed[Math.min(listed.length - 1, Math.max(0, at + by))];

  return next === undefined ? state : { ...state, marked: next.run };
}

/** Esc leaves one thing at a time: the page, then the filter. */
function left(state: DashboardState): DashboardState {
  if (state.view !== 'runs') return { ...state, view: 'runs', scroll: 0 };

  return { ...state, filter: '' };
}

function bounded(scroll: number): number {
  return Number.isFinite(scroll) ? scroll : scroll < 0 ? 0 : scrollMax;
}
