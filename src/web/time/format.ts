const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A duration in at most two units: `320ms`, `4.2s`, `1m58s`, `2h10m`, `3d4h`. */
export function durationText(ms: number): string {
  const length = Math.max(0, ms);
  if (length < 1) return '0s';
  if (length < SECOND_MS) return `${Math.round(length)}ms`;
  if (length < 10 * SECOND_MS) return `${(Math.floor(length / 100) / 10).toFixed(1)}s`;
  if (length < MINUTE_MS) return `${Math.floor(length / SECOND_MS)}s`;
  if (length < HOUR_MS) return two(length, { unit: MINUTE_MS, of: SECOND_MS, names: 'ms' });
  if (length < DAY_MS) return two(length, { unit: HOUR_MS, of: MINUTE_MS, names: 'hm' });

  return two(length, { unit: DAY_MS, of: HOUR_MS, names: 'dh' });
}

/** The distance from now: `just now`, `12s ago`, `in 2h10m`. */
export function relativeText(iso: string, nowMs: number): string {
  const distance = Date.parse(iso) - nowMs;
  if (Number.isNaN(distance)) return iso;
  if (Math.abs(distance) < SECOND_MS) return 'just now';
  const length = durationText(Math.floor(Math.abs(distance) / SECOND_MS) * SECOND_MS).replace(/\.0s$/, 's');

  return distance < 0 ? `${length} ago` : `in ${length}`;
}

/** The moment with the zone it is told in: `2026-11-22 14:05:23 UTC`. */
export function absoluteText(iso: string, zone?: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const options = { timeZone: zone, hourCycle: 'h23', timeZoneName: 'short' } as const;
  const told = new Intl.DateTimeFormat('en-GB', {
    ...options,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(date);
  const part = (type: string): string => told.find((one) => one.type === type)?.value ?? '';

  return (
    `${part('year')}-${part('month')}-${part('day')} ` +
    `${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`
  );
}

/** The time of day: `14:03`. */
export function clockText(ms: number, zone?: string): string {
  const options = { timeZone: zone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit' } as const;

  return new Intl.DateTimeFormat('en-GB', options).format(ms);
}

/** The time until then in whole seconds: `in 4 s`, `now`. */
export function untilText(atMs: number, nowMs: number): string {
  const seconds = Math.ceil((atMs - nowMs) / SECOND_MS);

  return seconds > 0 ? `in ${seconds} s` : 'now';
}

function two(
  ms: number,
  { unit, of, names }: { readonly unit: number; readonly of: number; readonly names: string },
): string {
  const first = Math.floor(ms / unit);
  const second = Math.floor((ms - first * unit) / of);

  return `${first}${names[0]}${second === 0 ? '' : `${second}${names[1]}`}`;
}
