import type { Key } from '../screen/key.ts';
import { pressInDialog } from './kill-dialog.ts';
import { type Known, listedRuns, markedRun } from './known.ts';
import { possibleFor } from './possible.ts';
import type { DashboardState, Pressed } from './state.ts';

/** How many rows a page is. */
const page = 10;

/** What becomes of the state when a key is pressed, and what it asks for. */
export function press(state: DashboardState, key: Key, known: Known): Pressed {
  if (key.name === 'interrupt') return { state, asked: { kind: 'quit' } };
  const { note: _said, ...silent } = state;
  if (silent.dialog !== undefined) return pressInDialog(silent, silent.dialog, key);
  if (silent.typing !== undefined) return { state: typed(silent, silent.typing, key) };

  return key.name === 'text' ? letter(silent, key.text, known) : { state: moved(silent, key, known) };
}

function letter(state: DashboardState, text: string, known: Known): Pressed {
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
function resumed(state: DashboardState, known: Known): Pressed {
  const line = markedRun(known, state);
  if (line !== undefined && possibleFor(line, state.readOnly).resume === undefined)
    return { state, asked: { kind: 'resumeRun', run: line.run } };

  return { state, asked: { kind: 'refresh' } };
}

function paused(state: DashboardState, known: Known): Pressed {
  const line = markedRun(known, state);
  const why = possibleFor(line, state.readOnly).pause;
  if (line === undefined || why !== undefined) return { state: noted(state, `not paused: ${why}`) };

  return { state, asked: { kind: 'pauseRun', run: line.run } };
}

function killing(state: DashboardState, known: Known): Pressed {
  const line = markedRun(known, state);
  const why = possibleFor(line, state.readOnly).kill;
  if (line === undefined || why !== undefined) return { state: noted(state, `not ended: ${why}`) };
  const { definition } = line.head;
  const dialog = { run: line.run, definition: `${definition.id} v${definition.version}` };

  return { state: { ...state, dialog: { ...dialog, typed: '', choice: 'keep' } } };
}

function addressed(state: DashboardState, known: Known): DashboardState {
  const line = markedRun(known, state);
  if (known.url === undefined)
    return noted(state, 'no dashboard for browsers is running; `workflow serve` brings one');

  return { ...state, note: { text: `${known.url}/runs/${line?.run ?? ''}`, isError: false } };
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

const distances: Readonly<Record<string, number>> = {
  up: -1,
  down: 1,
  pageup: -page,
  pagedown: page,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
};

function moved(state: DashboardState, { name }: Named, known: Known): DashboardState {
  if (name === 'escape') return left(state);
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

/** What is beyond the end is cut when it is drawn. */
const scrollMax = 1_000_000;

function bounded(scroll: number): number {
  return Number.isFinite(scroll) ? scroll : scroll < 0 ? 0 : scrollMax;
}
