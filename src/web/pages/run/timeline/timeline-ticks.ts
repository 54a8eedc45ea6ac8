import type { Scale } from './timeline-scale.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const letters: ReadonlyMap<number, string> = new Map([
  [day, 'd'],
  [hour, 'h'],
  [minute, 'm'],
  [second, 's'],
]);
/** The possible distances of axis marks, in ms. */
const gaps: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * day),
];

/** A mark of the axis: where it stands, from 0 to 1, and how long after the beginning of the run that is. */
export type Tick = { readonly x: number; readonly label: string };

/** About `count` marks of the axis, at round times since `origin`, none inside of a fold and none too close. */
export function ticks(scale: Scale, { origin, count }: { readonly origin: number; readonly count: number }) {
  const open = scale.pieces.filter(({ isFolded }) => !isFolded);
  const openMs = open.reduce((sum, { from, to }) => sum + to - from, 0);
  const gap = gaps.find((one) => openMs / one <= count) ?? (gaps.at(-1) as number);
  const all: Tick[] = [];
  for (const { from, to } of open) {
    const first = Math.ceil((from - origin) / gap) * gap;
    for (let ms = first; ms <= to - origin && all.length < count * 4; ms += gap) {
      all.push({ x: scale.x(origin + ms), label: tickLabel(ms, gap) });
    }
  }

  return all.filter(({ x }, index) => index === 0 || x - (all[index - 1]?.x ?? 0) > 0.4 / count);
}

/** As exact as the marks are close: `1h 5s` where they are seconds apart. */
function tickLabel(ms: number, gap: number): string {
  if (gap < second || ms < minute) return sinceStart(ms);
  const units = [day, hour, minute, second].filter((unit) => unit === day || gap < unit * 60);
  let left = ms;
  const parts = units.map((unit) => {
    const count = Math.floor(left / unit);
    left -= count * unit;

    return count === 0 ? '' : `${count}${letters.get(unit)}`;
  });

  return parts.filter((part) => part !== '').join(' ');
}

/** The time since the beginning, short: `0`, `250 ms`, `1m 30s`, `2h 5m`, `3d 4h`. */
export function sinceStart(ms: number): string {
  if (ms === 0) return '0';
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < minute) return `${Number((ms / second).toFixed(1))}s`;
  if (ms < hour) return two(ms, { unit: minute, name: 'm', rest: second, restName: 's' });
  if (ms < day) return two(ms, { unit: hour, name: 'h', rest: minute, restName: 'm' });

  return two(ms, { unit: day, name: 'd', rest: hour, restName: 'h' });
}

function two(ms: number, { unit, name, rest, restName }: Units): string {
  const whole = Math.floor(ms / unit);
  const left = Math.floor((ms - whole * unit) / rest);

  return left === 0 ? `${whole}${name}` : `${whole}${name} ${left}${restName}`;
}

type Units = {
  readonly unit: number;
  readonly name: string;
  readonly rest: number;
  readonly restName: string;
};
