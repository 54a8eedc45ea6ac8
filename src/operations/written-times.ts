import { isDay, pastTimeMs } from '../projections/where.ts';
import { RequestRefused } from './use-case.ts';

const dayMs = 86_400_000;

const written = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/;

/** What is given as `since`: a time, or an age. Throws RequestRefused. */
export function sinceMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = pastTimeMs(text, nowMs);
  if (ms !== undefined) return ms;

  throw new RequestRefused({
    code: 'usage.since',
    message: `since: "${text}" is neither how long ago, such as 7d, nor a time, such as 2026-01-31T09:00:00Z`,
  });
}

/** The first and the last moment of a day or time, in ms since 1970. */
type TimeSpan = { readonly fromMs: number; readonly untilMs: number };

/**
 * Reads a day, which lasts until its end, or a time. Without an offset of its own it is local time of `timezone`.
 * `name` is named in errors. Throws RequestRefused.
 */
export function timeSpan(name: string, text: string, timezone: string): TimeSpan {
  const [, day, time, zone] = written.exec(text) ?? [];
  const wallMs = day === undefined ? Number.NaN : Date.parse(`${day}T${time ?? '00:00'}${zone ?? 'Z'}`);
  if (day === undefined || Number.isNaN(wallMs) || !isDay(day)) {
    const message = `${name}: "${text}" is no time, such as 2026-01-31, 2026-01-31T09:00 or 2026-01-31T09:00:00Z`;
    throw new RequestRefused({ code: 'usage.time', message });
  }
  if (zone !== undefined) return { fromMs: wallMs, untilMs: wallMs };
  const fromMs = wallTimeMs(wallMs, timezone);

  return { fromMs, untilMs: time === undefined ? wallTimeMs(wallMs + dayMs, timezone) - 1 : fromMs };
}

/** The UTC time at which local clocks show `wallMs`. */
function wallTimeMs(wallMs: number, timezone: string): number {
  const guess = wallMs - offsetMs(wallMs, timezone);

  // Across a change of the offset, that of the resulting time counts.
  return wallMs - offsetMs(guess, timezone);
}

/** The offset of local time from UTC. */
function offsetMs(atMs: number, timezone: string): number {
  const shown = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(atMs);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(shown.find((each) => each.type === type)?.value ?? 0);
  const wallMs = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );

  return wallMs - Math.floor(atMs / 1_000) * 1_000;
}
