/** The time `delayMs` after a time, both ISO 8601, UTC. Arithmetic on times of events; no clock is read. */
export function dueTime(from: string, delayMs: number): string {
  return isoTime(timeMs(from) + delayMs);
}

/** A time in ISO 8601, as milliseconds since 1970. */
export function timeMs(iso: string): number {
  return Date.parse(iso);
}

/** Milliseconds since 1970, as a time in ISO 8601, UTC. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/**
 * A time that was written in ISO 8601, in UTC; undefined for what is none. A time without a zone would depend on where
 * the engine runs; a date alone is midnight, UTC.
 */
export function writtenTime(text: string): string | undefined {
  const ms = ISO.test(text) ? Date.parse(text) : Number.NaN;

  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
