import { isFinal } from '../../../machines/chart/task-status.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { onlyPeopleCanMove } from '../../projections/run/movement.ts';
import { outputsOf } from '../../projections/run/run-document.ts';
import { runFacts } from '../../projections/run/run-facts.ts';
import { whyOf } from '../../projections/run/run-why.ts';
import { shownStatus } from '../../projections/run/shown-status.ts';
import { progressOf, taskLines } from '../../projections/task/task-order.ts';
import { appearanceOf } from '../render/glyphs.ts';
import { progressBar } from '../render/progress-bar.ts';
import { shortId } from '../render/short-id.ts';
import { taskRows } from '../render/task-row.ts';
import { formatElapsed, formatTime } from '../render/times.ts';
import { oneLine, padToWidth, truncateMiddle, truncateToWidth, widthOf } from '../render/width.ts';
import { type DashboardState, type KnownWorld, markedRun } from './known-runs.ts';
import type { Drawing } from './look.ts';

/** The marked run in the room below the list: how it is, why, and the tasks that tell most. */
export function summaryLines(known: KnownWorld, state: DashboardState, look: Drawing): readonly string[] {
  const view = viewOfMarked(known, state);
  if (view === undefined)
    return markedRun(known, state) === undefined ? [] : [look.paint.dim(' reading ...')];
  const head = [headline(view, known.typical, look), ...whyLines(view, look).slice(0, 2)];
  const tasks = taskRows(taskLines(view, look.nowMs), look.paint, look.columns - 3).map(
    (line) => `   ${line}`,
  );
  const room = Math.max(0, look.rows - head.length);

  return [...head, ...around(view, tasks, room)];
}

/** The run with all that is to be known of it. */
export function detailLines(view: RunView, typical: KnownWorld['typical'], look: Drawing): readonly string[] {
  const { paint, columns } = look;

  return [
    headline(view, typical, look),
    ...whyLines(view, look),
    '',
    ...taskRows(taskLines(view, look.nowMs), paint, columns - 3).map((line) => `   ${line}`),
    '',
    ...factsOf(view, look).map(([name, text]) =>
      truncateToWidth(` ${padToWidth(name, 14)}${oneLine(text)}`, columns),
    ),
  ];
}

/** The run that is marked, once it has been read. */
export function viewOfMarked({ view, ...known }: KnownWorld, state: DashboardState): RunView | undefined {
  return view !== undefined && view.run === markedRun(known, state)?.run ? view : undefined;
}

const columnsOfWideBar = 100;
const nameWidthMin = 12;

/** `inventory-validation v3  01kah3x9zq4bc  ⟳ running  ████░░ 7/12  1m58s  ETA ~1m40s (p50 of 38)`. */
function headline(view: RunView, typical: KnownWorld['typical'], { paint, nowMs, columns }: Drawing): string {
  const { definition, run, startedAt, endedAt } = view.state;
  const endMs = endedAt === undefined ? nowMs : Date.parse(endedAt);
  const rest = [
    paint.dim(shortId(run)),
    paint.status(shownStatus(view)),
    progressBar(progressOf(view), columns < columnsOfWideBar ? 6 : 12),
    formatElapsed(endMs - Date.parse(startedAt)),
    expectationText(view, typical, nowMs),
  ]
    .join('  ')
    .trimEnd();
  const room = Math.max(nameWidthMin, columns - widthOf(rest) - 3);
  const name = truncateMiddle(`${definition.id} v${definition.version}`, room);

  return truncateToWidth(` ${paint.bold(name)}  ${rest}`, columns);
}

function whyLines(view: RunView, { paint, columns }: Drawing): readonly string[] {
  const { look } = appearanceOf(shownStatus(view));

  return whyOf(view).map((line) => truncateToWidth(`   ${paint.look(look, oneLine(line))}`, columns));
}

/** What is under way or went wrong stays in sight. */
function around(view: RunView, lines: readonly string[], room: number): readonly string[] {
  if (lines.length <= room || room < 2) return lines.slice(0, room);
  const at = taskLines(view, 0).findIndex(({ status }) => open.has(status));
  const from = Math.max(0, Math.min(at - 1, lines.length - room + 1));
  const shown = lines.slice(from, from + room - 1);

  return [...shown, `   and ${lines.length - shown.length} more tasks: D shows all`];
}

const open: ReadonlySet<string> = new Set([
  'SCHEDULED',
  'IN_PROGRESS',
  'RETRYING',
  'WAITING',
  'PENDING_APPROVAL',
  'FAILED',
  'TIMED_OUT',
]);

function factsOf(view: RunView, { nowMs, time }: Drawing): readonly (readonly [string, string])[] {
  const { state, timers } = view;
  const due = isFinal(state.status) ? [] : timers;

  return [
    ['run', state.run],
    ['started', formatTime(state.startedAt, time, nowMs)],
    ...(state.endedAt === undefined ? [] : [['ended', formatTime(state.endedAt, time, nowMs)] as const]),
    ['events', String(view.sequence)],
    ...runFacts(view).map(({ name, text }) => [name, text] as const),
    ...due.map(
      ({ timer, task, dueAt }) =>
        ['due', `${task ?? 'the run'}: ${timer} ${formatTime(dueAt, time, nowMs)}`] as const,
    ),
    ...outputsOf(view).map(
      ({ name, value }) =>
        ['output', `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`] as const,
    ),
  ];
}

/** When a run will be over, judged by those before: `ETA ~1m40s (p50 of 38)`. Waits for people are never counted. */
function expectationText(view: RunView, typical: KnownWorld['typical'], nowMs: number): string {
  const { status, startedAt } = view.state;
  if (isFinal(status)) return '';
  if (shownStatus(view) !== 'RUNNING' || onlyPeopleCanMove(view) !== undefined) return 'waiting';
  if (typical === undefined) return 'ETA -';
  const elapsedMs = nowMs - Date.parse(startedAt);
  const left =
    elapsedMs > typical.ms
      ? `+${formatElapsed(elapsedMs - typical.ms)}`
      : `~${formatElapsed(typical.ms - elapsedMs)}`;

  return `ETA ${left} (p50 of ${typical.runs})`;
}
