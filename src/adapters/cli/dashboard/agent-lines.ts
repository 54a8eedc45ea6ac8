import { oneLine, padToWidth, truncateMiddle, widthOf } from '../render/width.ts';
import type { Known } from './known.ts';
import type { Look } from './look.ts';

const nameWidthMin = 16;
const nameWidthMax = 28;

/** Who carries work out: how busy they are, and what waits for them; those with work and nobody there come first. */
export function agentLines({ agents }: Known, { paint, columns }: Look): readonly string[] {
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
