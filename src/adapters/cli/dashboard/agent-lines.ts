import { oneLine, padToWidth, truncateToWidth } from '../render/width.ts';
import type { Known } from './known.ts';
import type { Look } from './look.ts';

const nameWidth = 16;

/** Who carries work out: how busy they are, and what waits for them; those with work and nobody there come first. */
export function agentLines({ agents }: Known, { paint }: Look): readonly string[] {
  if (agents.length === 0) return [paint.dim('no agents')];
  const stranded = (waiting: number | undefined, workers: number): boolean =>
    (waiting ?? 0) > 0 && workers === 0;
  const ordered = [...agents].sort(
    (one, other) =>
      Number(stranded(other.waiting, other.workers)) - Number(stranded(one.waiting, one.workers)) ||
      one.name.localeCompare(other.name),
  );

  return [
    paint.dim('agents'),
    ...ordered.map(({ name, workers, running, waiting }) => {
      const shown = padToWidth(truncateToWidth(oneLine(name), nameWidth), nameWidth);
      const queue = waiting === undefined ? '' : `, ${waiting} waiting`;
      const text = `${shown} ${workers === 1 ? '1 worker' : `${workers} workers`}, ${running} running${queue}`;
      return stranded(waiting, workers) ? paint.look('failed', `${shown} nobody is there${queue}`) : text;
    }),
  ];
}
