import { shownStatusOfLine } from '../../../machines/run/record/run-filter.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { Surroundings } from '../../ports/work/surroundings.ts';
import { nobodyKnown, runWait, statusWaiting } from '../../projections/run/run-wait.ts';
import { appearanceOf } from '../render/glyphs.ts';
import { progressBar } from '../render/progress-bar.ts';
import { shortIds } from '../render/short-id.ts';
import { formatElapsed } from '../render/times.ts';
import { oneLine, padToWidth, truncateMiddle, truncateToWidth, widthOf } from '../render/width.ts';
import { type DashboardState, type KnownWorld, listedRuns, markedRun } from './known-runs.ts';
import type { Drawing } from './look.ts';

/** The name takes what the others leave it, up to this; what it is at comes only where a word of it can be read. */
const nameWidthMin = 12;
const nameWidthMax = 32;
const nowWidthMin = 8;
const wordWidth = 16;
const barCells = 8;
const elapsedWidth = 7;

/** The runs, a line each; the one that is marked stays in sight. */
export function runRows(known: KnownWorld, state: DashboardState, look: Drawing): readonly string[] {
  const listed = listedRuns(known, state);
  if (listed.length === 0) return [emptyText(known)];
  const marked = markedRun(known, state);
  const { around = nobodyKnown } = known;
  const at = listed.findIndex(({ run }) => run === marked?.run);
  const from = Math.max(0, Math.min(at - Math.floor(look.rows / 2), listed.length - look.rows));
  const ids = shortIds(known.lines.map(({ run }) => run));

  return listed
    .slice(from, from + look.rows)
    .map((line) =>
      row(line, { ...look, id: ids.get(line.run) ?? line.run, isMarked: line === marked, around }),
    );
}

function emptyText({ lines }: KnownWorld): string {
  return lines.length === 0
    ? '  no runs yet: workflow start <definition>'
    : `  none of the ${lines.length} runs has this text: Esc shows all`;
}

type Row = Drawing & { readonly id: string; readonly isMarked: boolean; readonly around: Surroundings };

function row(line: BoardLine, { paint, nowMs, columns, id, isMarked, around }: Row): string {
  const { head, damage } = line;
  const wait = runWait(line, around, nowMs);
  const shown = statusWaiting(shownStatusOfLine(line), wait);
  const { look, word } = appearanceOf(shown);
  const endMs = head.endedAt === undefined ? nowMs : Date.parse(head.endedAt);
  const name = oneLine(`${head.definition.id} v${head.definition.version}`);
  const at = head.active.map(({ task }) => task).join(', ');
  const waits = wait === undefined ? at : [wait.task, wait.reason].filter(Boolean).join(': ');
  const now = damage?.message ?? head.error ?? waits;
  const others = [1, 1, widthOf(id), wordWidth, barCells + 6, elapsedWidth].reduce(
    (sum, one) => sum + one + 1,
  );
  const nameWidth = Math.min(nameWidthMax, Math.max(nameWidthMin, columns - others - 1));
  const hasNow = columns - others - nameWidth - 2 >= nowWidthMin;
  const text = [
    isMarked ? '>' : ' ',
    paint.glyph(shown),
    padToWidth(truncateMiddle(name, nameWidth), nameWidth),
    paint.dim(id),
    paint.look(look, padToWidth(truncateToWidth(word, wordWidth), wordWidth)),
    padToWidth(progressBar({ settled: head.settled, taskCount: head.tasks }, barCells), barCells + 6),
    padToWidth(formatElapsed(endMs - Date.parse(head.startedAt)), elapsedWidth, 'right'),
    ...(hasNow ? [oneLine(now)] : []),
  ].join(' ');
  const cut = truncateToWidth(text, columns);

  return isMarked ? paint.bold(cut) : cut;
}
