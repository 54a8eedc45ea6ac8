import { siriusTime } from '../../../machines/sirius-time.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import { transitionLines } from '../../projections/task/log-lines.ts';
import { appearanceOf } from '../render/glyphs.ts';
import { formatElapsed } from '../render/times.ts';
import { oneLine, padToWidth, truncateMiddle, truncateToWidth, widthOf } from '../render/width.ts';
import { dialogLines } from './dialogs.ts';
import { type DashboardState, type KnownWorld, markedRun } from './known-runs.ts';
import { type Drawing, ruleOf } from './look.ts';
import { possibleFor } from './possible.ts';
import { detailLines, summaryLines, viewOfMarked } from './run-lines.ts';
import { runRows } from './run-rows.ts';

const keys: readonly (readonly [string, string])[] = [
  ['up, down, k, j', 'mark another run; scroll the details and the log'],
  ['PgUp, PgDn, Home, End', 'the same, further'],
  ['Enter, D', 'the details of the marked run; again goes back'],
  ['L', 'what the marked run did; again goes back'],
  ['Tab', 'from the details to the log and back'],
  ['R', 'resume the run when it is paused, which is asked first, else read anew'],
  ['P', 'pause the run: asks first, then nothing new begins'],
  ['Shift-K', 'end the run: asks how, and for the end of its id'],
  ['/', 'only runs that have a text in their line'],
  ['o', 'the address of the run for a browser'],
  ['Esc', 'go back; show all runs'],
  ['Q, Ctrl-C', 'leave; the runs go on'],
];

const middleColumns = 100;
const wideColumns = 120;

const nameWidthMin = 16;
const nameWidthMax = 28;

/** Smaller than this, only the list is shown. */
const rowsMin = 12;
const columnsMin = 50;
/** From so many columns on, who is there stands beside the tasks. */
const columnsOfTwo = 110;
/** Header, two rules, the note and the keys. */
const fixedRows = 5;

/** The whole screen, line by line, never more than there are rows. */
export function dashboardFrame(known: KnownWorld, state: DashboardState, look: Drawing): readonly string[] {
  return wholeFrame(known, state, look).map((line) => truncateToWidth(line, look.columns));
}

function wholeFrame(known: KnownWorld, state: DashboardState, look: Drawing): readonly string[] {
  const { rows, columns } = look;
  if (rows < rowsMin || columns < columnsMin) return smallFrame(known, state, look);
  const middle = rows - 4;
  const body = bodyOf(known, state, { ...look, rows: middle });

  return [
    headerLine(known, look),
    ruleOf(look),
    ...filled(body, middle),
    noteLine(state, look),
    footerLine(markedRun(known, state), state, look),
  ];
}

function bodyOf(known: KnownWorld, state: DashboardState, look: Drawing): readonly string[] {
  const { dialog, view, scroll } = state;
  if (dialog !== undefined) return dialogLines(dialog, look.paint, look.columns);
  switch (view) {
    case 'help':
      return scrolled(helpLines(look), scroll, look.rows);
    case 'details':
      return scrolled(details(known, state, look), scroll, look.rows);
    case 'logs':
      return scrolled(logLines(known, state, look), scroll, look.rows);
    case 'runs':
      return overview(known, state, look);
  }
}

function details(known: KnownWorld, state: DashboardState, look: Drawing): readonly string[] {
  const view = viewOfMarked(known, state);

  return view === undefined ? [look.paint.dim(' reading ...')] : detailLines(view, known.typical, look);
}

/** The list of runs, and below it the one that is marked. */
function overview(known: KnownWorld, state: DashboardState, look: Drawing): readonly string[] {
  const listRows = Math.max(3, Math.floor(look.rows * 0.45));
  const list = runRows(known, state, { ...look, rows: listRows });
  const lastRows = look.rows > 2 * fixedRows + 8 ? 3 : 0;
  const room = look.rows - list.length - 1 - (lastRows === 0 ? 0 : lastRows + 1);
  const last = logLines(known, state, look).slice(-lastRows);

  return [
    ...list,
    ruleOf(look),
    ...filled(selected(known, state, { ...look, rows: room }), room),
    ...(lastRows === 0 ? [] : [ruleOf(look), ...last]),
  ];
}

function selected(known: KnownWorld, state: DashboardState, look: Drawing): readonly string[] {
  const { columns, rows } = look;
  if (columns < columnsOfTwo) return summaryLines(known, state, look);
  const width = Math.floor(columns * 0.66);
  const left = summaryLines(known, state, { ...look, columns: width });

  return besides(left, agentLines(known, { ...look, columns: columns - width - 3 }), {
    width,
    ascii: look.paint.ascii,
  }).slice(0, rows);
}

function smallFrame(known: KnownWorld, state: DashboardState, look: Drawing): readonly string[] {
  const { dialog } = state;
  if (dialog !== undefined) return dialogLines(dialog, look.paint, look.columns).slice(0, look.rows);

  return runRows(known, state, { ...look, rows: look.rows });
}

function scrolled(lines: readonly string[], scroll: number, rows: number): readonly string[] {
  const from = Math.min(scroll, Math.max(0, lines.length - rows));

  return lines.slice(from, from + rows);
}

function filled(lines: readonly string[], rows: number): readonly string[] {
  const shown = lines.slice(0, Math.max(0, rows));

  return [...shown, ...Array.from({ length: Math.max(0, rows - shown.length) }, () => '')];
}

function noteLine({ note, typing, filter }: DashboardState, { paint }: Drawing): string {
  if (typing !== undefined) return ` filter: ${typing}_   ${paint.dim('Enter keeps it, Esc takes it away')}`;
  if (note !== undefined) {
    const text = oneLine(note.text);
    return ` ${note.isError ? paint.look('failed', text) : paint.bold(text)}`;
  }

  return filter === '' ? '' : paint.dim(` only runs with "${filter}"; Esc shows all`);
}

/** Who carries work out: how busy they are, and what waits for them; those with work and nobody there come first. */
function agentLines({ agents }: KnownWorld, { paint, columns }: Drawing): readonly string[] {
  if (agents.length === 0) return [paint.dim('no agents')];
  const stranded = (waiting: number | undefined, workers: number): boolean =>
    (waiting ?? 0) > 0 && workers === 0;
  const ordered = [...agents].sort(
    (one, other) =>
      Number(stranded(other.waiting, other.workers)) - Number(stranded(one.waiting, one.workers)) ||
      one.name.localeCompare(other.name),
  );

  const rows = ordered.map(({ name, workers, running, waiting }) => {
    const isStranded = stranded(waiting, workers);
    const text = isStranded
      ? `nobody is there${queueText(waiting)}`
      : busyText({ workers, running, waiting });
    return { name: oneLine(name), isStranded, text };
  });
  const textWidth = Math.max(...rows.map(({ text }) => widthOf(text)));
  const room = Math.max(nameWidthMin, Math.min(nameWidthMax, columns - textWidth - 1));

  return [
    paint.dim('agents'),
    ...rows.map(({ name, isStranded, text }) => {
      const line = `${padToWidth(truncateMiddle(name, room), room)} ${text}`;
      return isStranded ? paint.look('failed', line) : line;
    }),
  ];
}

type Busy = { readonly workers: number; readonly running: number; readonly waiting: number | undefined };

function busyText({ workers, running, waiting }: Busy): string {
  const there = workers === 0 ? 'no worker' : workers === 1 ? '1 worker' : `${workers} workers`;

  return `${there}${running === 0 ? '' : `, ${running} running`}${queueText(waiting)}`;
}

function queueText(waiting: number | undefined): string {
  return waiting === undefined ? '' : `, ${waiting} waiting`;
}

/** The keys, always in sight: those that do nothing now are dim. */
function footerLine(
  line: BoardLine | undefined,
  { readOnly, view, dialog }: DashboardState,
  { paint, columns }: Drawing,
): string {
  if (dialog !== undefined) return '';
  const possible = possibleFor(line, readOnly);
  const key = (text: string, why?: string): string => (why === undefined ? text : paint.dim(text));
  const keys = [
    possible.resume === undefined ? '[R]esume' : '[R]efresh',
    key(view === 'details' ? '[D] back' : '[D]etails'),
    key('[P]ause', possible.pause),
    key('[K]ill...', possible.kill),
    key(view === 'logs' ? '[L] back' : '[L]ogs'),
    '[Q]uit',
  ].join(' ');
  const more = paint.dim('  / filter  ? keys  o web');

  return truncateToWidth(` ${keys}${more}${readOnly ? '  read-only' : ''}`, columns);
}

/** `workflow  default  ● live, event 48121      14 running  3 wait  2 failed  14:05:23`. */
function headerLine({ namespace, position, isLive, counts: all }: KnownWorld, look: Drawing): string {
  const { paint, columns, nowMs } = look;
  const live = isLive ? paint.look('succeeded', 'live') : paint.look('failed', 'reconnecting');
  const title = columns >= middleColumns ? '3OX WORKFLOW MONITOR' : '3OX';
  const left = ` ${paint.bold(title)}  ${namespace}  ${live} ${paint.dim(`event ${position}`)}`;
  const counts = countsOf(all);
  const clock = new Date(nowMs).toISOString();
  const right = [
    paint.look('running', `${counts.running} running`),
    paint.look('waiting', `${counts.waiting} waiting`),
    paint.look('failed', `${counts.failed} failed`),
    columns >= wideColumns ? siriusTime(clock) : clock.slice(11, 19),
  ].join('  ');
  const gap = columns - widthOf(left) - widthOf(right) - 1;

  return gap >= 1 ? `${left}${' '.repeat(gap)}${right}` : truncateToWidth(`${left}  ${right}`, columns);
}

/** Failed: those that ended so and whose dead letter, if it is one, nobody has dropped is not known here: all. */
function countsOf(all: KnownWorld['counts']) {
  const counts = { running: 0, waiting: 0, failed: 0 };
  for (const { shown, isEnded, count } of all) {
    if (shown === 'FAILED' || shown === 'TIMED_OUT' || shown === 'QUARANTINED') counts.failed += count;
    else if (shown === 'NEEDS_APPROVAL' || shown === 'PAUSED') counts.waiting += count;
    else if (!isEnded) counts.running += count;
  }

  return counts;
}

/** All keys and what they do. */
function helpLines({ paint }: Drawing): readonly string[] {
  return [
    '',
    paint.bold(' Keys'),
    '',
    ...keys.map(([key, what]) => `   ${paint.bold(key.padEnd(22))} ${what}`),
    '',
    paint.dim(' Statuses are told by a sign and a word: the same as in `workflow status`.'),
  ];
}

/** What the marked run did lately, a line for each change, the latest last. */
function logLines(known: KnownWorld, state: DashboardState, look: Drawing): readonly string[] {
  const run = markedRun(known, state)?.run ?? '';
  const { paint, columns } = look;
  const own = known.records.filter(({ id }) => id.startsWith(`${run}/`));

  return own.flatMap((record) =>
    transitionLines(record).map(({ time, task, status, elapsedMs, note }) => {
      const { look: hue, word } = appearanceOf(status);
      const took = elapsedMs === undefined ? '' : ` ${formatElapsed(elapsedMs)}`;
      const text = `${paint.dim(time.slice(11, 19))} ${paint.glyph(status)} ${oneLine(task ?? 'run')} ${paint.look(hue, word)}${took}`;
      return truncateToWidth(` ${text}  ${paint.dim(oneLine(note))}`.trimEnd(), columns);
    }),
  );
}

/** Two columns of lines with a line between them; the left one is `width` wide. */
function besides(
  left: readonly string[],
  right: readonly string[],
  { width, ascii }: { readonly width: number; readonly ascii: boolean },
): readonly string[] {
  const rows = Math.max(left.length, right.length);
  const between = ascii ? '|' : '│';

  return Array.from({ length: rows }, (_, index) => {
    const first = padToWidth(truncateToWidth(left[index] ?? '', width), width);
    return `${first} ${between} ${right[index] ?? ''}`.trimEnd();
  });
}
