import type { RunView } from '../../ports/runs/workflows.ts';
import { runFacts } from '../../projections/run/run-facts.ts';
import { shownStatus } from '../../projections/run/shown-status.ts';
import { progressOf, type TaskLine, taskLines } from '../../projections/task/task-order.ts';
import { detailLines } from '../../terminal/dashboard/run-lines.ts';
import { createLiveBlock } from '../../terminal/render/live-block.ts';
import type { Paint } from '../../terminal/render/paint.ts';
import { progressBar } from '../../terminal/render/progress-bar.ts';
import { shortId } from '../../terminal/render/short-id.ts';
import { taskRows } from '../../terminal/render/task-row.ts';
import { formatElapsed } from '../../terminal/render/times.ts';
import { oneLine, padToWidth } from '../../terminal/render/width.ts';
import { asciiLines, createScreen } from '../../terminal/screen/screen.ts';
import type { CliIo } from '../app.ts';
import type { Output } from '../output.ts';

export type FrameOptions = {
  readonly paint: Paint;
  readonly nowMs: number;
  readonly columns: number;
  readonly rows: number;
};

/** What the live display shows of a run: a line for the run, then one per task. */
export function frameOf(view: RunView, { paint, nowMs, columns, rows }: FrameOptions): readonly string[] {
  const lines = taskLines(view, nowMs);
  const shown = mostTelling(lines, Math.max(1, rows - 3));
  const left = lines.length - shown.length;

  return [
    headline(view, paint, nowMs),
    ...taskRows(shown, paint, columns - 1),
    ...(left > 0 ? [paint.dim(`  and ${left} more tasks`)] : []),
  ];
}

/** `inventory-validation v1  01kah3x9zq4bc  ⟳ running  ████░░░░ 3/7  2.3s`. */
export function headline(
  view: RunView,
  paint: Paint,
  nowMs: number,
  status: string = shownStatus(view),
): string {
  const { definition } = view.state;

  return [
    `${paint.bold(definition.id)} v${definition.version}`,
    nameOf(view, paint),
    paint.status(status),
    progressBar(progressOf(view)),
    elapsedText(view, nowMs),
  ].join('  ');
}

/** `✓ completed  inventory-validation v1  01kah3x9zq4bc  2.3s`. */
export function verdict(
  view: RunView,
  paint: Paint,
  nowMs: number,
  status: string = shownStatus(view),
): string {
  const { definition } = view.state;
  const name = `${paint.bold(definition.id)} v${definition.version}`;

  return [paint.status(status), name, nameOf(view, paint), elapsedText(view, nowMs)].join('  ');
}

/** What people call it, where its definition says so, with the id beside. */
function nameOf({ state: { run, businessKey } }: RunView, paint: Paint): string {
  const id = paint.dim(shortId(run));

  return businessKey === undefined ? id : `${paint.bold(oneLine(businessKey))} ${id}`;
}

const factNameWidth = 12;

/** Where a run comes from, what answered its failure, what it keeps: a line each. */
export function factLines(view: RunView): readonly string[] {
  return runFacts(view).map(({ name, text }) => `${padToWidth(name, factNameWidth)}${oneLine(text)}`);
}

function elapsedText({ state: { startedAt, endedAt } }: RunView, nowMs: number): string {
  const to = endedAt === undefined ? nowMs : Date.parse(endedAt);

  return formatElapsed(to - Date.parse(startedAt));
}

const importance: Readonly<Record<string, number>> = {
  FAILED: 0,
  TIMED_OUT: 0,
  PENDING_APPROVAL: 1,
  IN_PROGRESS: 1,
  RETRYING: 1,
  SCHEDULED: 2,
  WAITING: 2,
  PENDING: 3,
};

/** As many tasks as fit, in their order: what is under way or went wrong goes before what is done. */
function mostTelling(lines: readonly TaskLine[], count: number): readonly TaskLine[] {
  if (lines.length <= count) return lines;
  const kept = new Set([...lines].sort((a, b) => rank(a) - rank(b)).slice(0, count));

  return lines.filter((line) => kept.has(line));
}

function rank({ status }: TaskLine): number {
  return importance[status] ?? 4;
}

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
