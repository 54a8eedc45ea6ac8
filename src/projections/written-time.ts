const written = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A point in time in ms since 1970: without a zone it is in UTC, a date is its first moment. Undefined: no time. */
export function writtenTimeMs(text: string): number | undefined {
  const [, day, zone] = written.exec(text) ?? [];
  const ms = Date.parse(text.includes('T') && zone === undefined ? `${text}Z` : text);

  return day === undefined || Number.isNaN(ms) || !isDay(day) ? undefined : ms;
}

/** Whether the calendar has the day: Date.parse takes 2026-02-30 for the second of March. */
export function isDay(day: string): boolean {
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day);
}
