import { oneLine, truncateToWidth } from '../render/width.ts';
import { agentLines } from './agent-lines.ts';
import { footerLine } from './footer.ts';
import { headerLine } from './header.ts';
import { helpLines } from './help-lines.ts';
import { killLines } from './kill-dialog.ts';
import { type Known, markedRun } from './known.ts';
import { logLines } from './log-lines.ts';
import { type Look, ruleOf } from './look.ts';
import { detailLines, summaryLines, viewOfMarked } from './run-lines.ts';
import { runRows } from './run-rows.ts';
import { besides } from './side-by-side.ts';
import type { DashboardState } from './state.ts';

/** Smaller than this, only the list is shown. */
const rowsMin = 12;
const columnsMin = 50;
/** From so many columns on, who is there stands beside the tasks. */
const columnsOfTwo = 110;
/** Header, two rules, the note and the keys. */
const fixedRows = 5;

/** The whole screen, line by line, never more than there are rows. */
export function dashboardFrame(known: Known, state: DashboardState, look: Look): readonly string[] {
  return wholeFrame(known, state, look).map((line) => truncateToWidth(line, look.columns));
}

function wholeFrame(known: Known, state: DashboardState, look: Look): readonly string[] {
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

function bodyOf(known: Known, state: DashboardState, look: Look): readonly string[] {
  const { dialog, view, scroll } = state;
  if (dialog !== undefined) return killLines(dialog, look.paint, look.columns);
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

function details(known: Known, state: DashboardState, look: Look): readonly string[] {
  const view = viewOfMarked(known, state);

  return view === undefined ? [look.paint.dim(' reading ...')] : detailLines(view, known.typical, look);
}

/** The list of runs, and below it the one that is marked. */
function overview(known: Known, state: DashboardState, look: Look): readonly string[] {
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

function selected(known: Known, state: DashboardState, look: Look): readonly string[] {
  const { columns, rows } = look;
  if (columns < columnsOfTwo) return summaryLines(known, state, look);
  const width = Math.floor(columns * 0.66);
  const left = summaryLines(known, state, { ...look, columns: width });

  return besides(left, agentLines(known, { ...look, columns: columns - width - 3 }), {
    width,
    ascii: look.paint.ascii,
  }).slice(0, rows);
}

function smallFrame(known: Known, state: DashboardState, look: Look): readonly string[] {
  const { dialog } = state;
  if (dialog !== undefined) return killLines(dialog, look.paint, look.columns).slice(0, look.rows);

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

function noteLine({ note, typing, filter }: DashboardState, { paint }: Look): string {
  if (typing !== undefined) return ` filter: ${typing}_   ${paint.dim('Enter keeps it, Esc takes it away')}`;
  if (note !== undefined) {
    const text = oneLine(note.text);
    return ` ${note.isError ? paint.look('failed', text) : paint.bold(text)}`;
  }

  return filter === '' ? '' : paint.dim(` only runs with "${filter}"; Esc shows all`);
}
