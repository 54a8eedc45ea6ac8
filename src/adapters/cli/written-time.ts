import { parseDuration } from '../../../machines/language/duration.ts';
import { CliFailure } from './cli-failure.ts';
import { isDay } from './zoned-time.ts';

const written = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A point in time in ms since 1970: without a zone it is in UTC, a date is its first moment. Undefined: no time. */
export function writtenTimeMs(text: string): number | undefined {
  const [, day, zone] = written.exec(text) ?? [];
  const ms = Date.parse(text.includes('T') && zone === undefined ? `${text}Z` : text);

  return day === undefined || Number.isNaN(ms) || !isDay(day) ? undefined : ms;
}

/** What `--since` says: a time, or how long ago. Throws CliFailure. */
export function sinceMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  const ms = ago.ok ? nowMs - ago.ms : writtenTimeMs(text);
  if (ms !== undefined) return ms;

  throw new CliFailure(
    'usage.since',
    `--since: "${text}" is neither how long ago, such as 7d, nor a time, such as 2026-01-31T09:00:00Z`,
  );
}
