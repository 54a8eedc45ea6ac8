import type { Json } from '../../../events/canonical-json.ts';

/** Years 1 to 9999, as RFC 3339 can write them; https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp */
export const firstMs = Date.parse('0001-01-01T00:00:00Z');
export const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
const day = /^\d{4}-\d{2}-\d{2}$/;

/**
 * A moment, in ms since 1970, as `timestamp()` gives it; a span of time in ms, as `duration()` gives it. They are only
 * there while an expression is evaluated: its result is JSON, with texts in their place.
 */
export class TimeValue {
  readonly kind: 'timestamp' | 'duration';
  readonly ms: number;

  constructor(kind: TimeValue['kind'], ms: number) {
    this.kind = kind;
    this.ms = ms;
  }

  /** As an expression may hold it among values of JSON. */
  asJson(): Json {
    return this as unknown as Json;
  }

  toJSON(): string {
    return this.toString();
  }

  /** RFC 3339 in UTC; seconds with an `s`, as protocol buffers write a duration. */
  toString(): string {
    if (this.kind === 'duration') return `${this.ms / 1_000}s`;
    const text = new Date(this.ms).toISOString();

    return this.ms % 1_000 === 0 ? `${text.slice(0, -'.000Z'.length)}Z` : text;
  }
}

export function timeOf(value: unknown): TimeValue | undefined {
  return value instanceof TimeValue ? value : undefined;
}

export type Fields = { readonly [field in 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second']: number };

export const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
export const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'],
  ...['November', 'December'],
];

/** A day alone is its first moment in UTC. Nothing is rounded up: what is finer than a millisecond is cut off. */
export function momentOf(text: string): number | undefined {
  if (day.test(text)) return momentOf(`${text}T00:00:00Z`);
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', date = '', hour, minute, second, fraction = '.', zone = 'Z'] = match;
  const whole = `${year}-${month}-${date}T${hour}:${minute}:${second}.${fraction.slice(1, 4).padEnd(3, '0')}Z`;
  const ms = Date.parse(whole);
  // The engine of JavaScript takes the 31st of February for a day in March.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== whole) return undefined;
  const offset = zone.toUpperCase() === 'Z' ? 0 : offsetMs(zone);

  return offset === undefined ? undefined : ms - offset;
}

/** What a calendar and a clock that is so far ahead of UTC show at a moment. */
export function fieldsOf(ms: number, aheadMs: number): Fields {
  const at = new Date(ms + aheadMs);

  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
  };
}

/** How far the clocks of the zone are ahead of UTC at that moment, in ms; undefined where nobody knows the zone. */
export function offsetIn(zone: string, ms: number): number | undefined {
  const fixed = offsetMs(/^\d/.test(zone) ? `+${zone}` : zone);
  if (fixed !== undefined) return fixed;
  const parts = partsIn(zone, ms);
  if (parts === undefined) return undefined;
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const shownMs = dateMs(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1_000;

  return shownMs - (ms - mod(ms, 1_000));
}

/** The numbers that a calendar and a clock of the zone show. */
function partsIn(zone: string, ms: number): Partial<Fields> | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
    const parts = format.formatToParts(ms);

    return Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function offsetMs(text: string): number | undefined {
  if (text === 'UTC' || text === 'Z') return 0;
  const match = /^([+-])(\d{2}):(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hours, minutes] = match;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;

  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

export function dayOfWeek({ year, month, day }: Fields): number {
  return new Date(dateMs(year, month, day)).getUTCDay();
}

export function dayOfYear({ year, month, day }: Fields): number {
  return (dateMs(year, month, day) - dateMs(year, 1, 1)) / 86_400_000;
}

/** `Date.UTC` takes a year below 100 for one of the last century. */
function dateMs(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

export function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
