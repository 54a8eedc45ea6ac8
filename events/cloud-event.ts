import { z } from 'zod';
import { JsonValue } from './canonical-json.ts';

const EVENT_TYPE = /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*)*$/;
const EVENT_TYPE_LENGTH_MAX = 200;

/**
 * Whether the text may be the type of an event, such as `order.paid`. The pattern is strict because the type becomes
 * part of a subject, where a blank or a wildcard would address other events.
 */
export function isEventType(text: string): boolean {
  return text.length <= EVENT_TYPE_LENGTH_MAX && EVENT_TYPE.test(text);
}

/**
 * An event of runs for others, or of others for runs: CloudEvents 1.0 in structured JSON. Who reads them drops
 * the second of two with the same `source` and `id`: it is the same event, told again.
 */
export const CloudEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().refine(isEventType, { error: 'no type of an event, such as order.paid' }),
  subject: z.string().min(1).optional(),
  /** ISO 8601 in UTC. */
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json').optional(),
  /** How many runs lie between it and the outside: an extension of ours, by which loops of triggers are noticed. */
  hops: z.int().positive().optional(),
  data: JsonValue.optional(),
});
export type CloudEvent = z.output<typeof CloudEvent>;

/** Every media type that CloudEvents takes for JSON, with parameters. */
const jsonType = /^[^\s;,/]+\/([^\s;,/]+\+)?json\s*(;.*)?$/i;

const edgeOfYears = /^(0000-01-01|9999-12-31)T(\d\d):(\d\d).*([+-])(\d\d):(\d\d)$/;
const MINUTES_OF_HOUR = 60;
const MINUTES_OF_DAY = 1_440;

/** A zone may carry a time out of the years that can be written: back from the first day, or on from the last one. */
function isYearInUtc(time: string): boolean {
  const [, day, hour, minute, sign, hoursOff, minutesOff] = edgeOfYears.exec(time) ?? [];
  if (day === undefined) return true;
  const at = Number(hour) * MINUTES_OF_HOUR + Number(minute);
  const off = Number(hoursOff) * MINUTES_OF_HOUR + Number(minutesOff);

  return day.startsWith('0') ? sign === '-' || at >= off : sign === '+' || at + off < MINUTES_OF_DAY;
}

/**
 * The same as others send it: the time may be left out, and may be of any zone, in letters of either case, as RFC 3339
 * has it.
 */
export const IncomingEvent = CloudEvent.extend({
  time: z
    .string()
    .toUpperCase()
    .pipe(z.iso.datetime({ offset: true }))
    .refine(isYearInUtc, { error: 'in UTC it is of no year from 0000 to 9999' })
    .optional(),
  datacontenttype: z
    .string()
    .regex(jsonType, { error: 'only JSON is read, such as application/json' })
    .transform(() => 'application/json' as const)
    .optional(),
});
