import type { Json } from '../../../events/canonical-json.ts';
import { type Frame, spend } from '../frame.ts';
import { failed, unfit } from '../outcome.ts';
import {
  dayOfWeek,
  dayOfYear,
  type Fields,
  fieldsOf,
  firstMs,
  lastMs,
  mod,
  momentOf,
  months,
  offsetIn,
  TimeValue,
  timeOf,
  weekdays,
} from './calendar.ts';
import { type Builtin, builtin, calledAs, needText } from './values.ts';

/** Looking a zone up takes some 50 microseconds. */
const zoneWork = 200;
const spanMsMax = lastMs - firstMs;

const unitMs: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  ns: 1e-6,
};
const part = /(\d+(?:\.\d+)?)(d|h|ms|m|s|us|ns)/g;
const span = /^-?(?:\d+(?:\.\d+)?(?:d|h|ms|m|s|us|ns))+$/;

export const timeFunctions: readonly Builtin[] = [
  builtin(
    'timestamp(x)',
    'A moment, of an RFC 3339 text or of seconds since 1970. Moments can be compared; a duration can be added.',
    'timestamp("2026-03-08T02:30:00Z") + duration("1h")',
    {
      takes: [['text', 'number', 'timestamp']],
      gives: 'timestamp',
      apply: ([value = null]) => toTimestamp(value),
    },
  ),
  builtin(
    'duration(x)',
    'A span of time, of a text such as 90s, 1h30m or 2d. Two moments are a duration apart.',
    'duration("1h30m")',
    { takes: [['text', 'duration']], gives: 'duration', apply: ([value = null]) => toDuration(value) },
  ),
];

/** What is asked of a moment, in UTC or in a zone such as Europe/Berlin or +02:00, and some of it of a duration. */
export const timeMethods: readonly Builtin[] = [
  field('getFullYear(zone?)', 'The year of a moment.', ({ year }) => year),
  field('getMonth(zone?)', 'The month of a moment, from 0.', ({ month }) => month - 1),
  field('getDate(zone?)', 'The day of the month of a moment, from 1.', (fields) => fields.day),
  field('getDayOfMonth(zone?)', 'The day of the month of a moment, from 0.', (fields) => fields.day - 1),
  field('getDayOfWeek(zone?)', 'The day of the week of a moment, from 0 for Sunday.', dayOfWeek),
  field('getDayOfYear(zone?)', 'The day of the year of a moment, from 0.', dayOfYear),
  clockField('getHours(zone?)', 'hours', ({ hour }) => hour, 3_600_000),
  clockField('getMinutes(zone?)', 'minutes', ({ minute }) => minute, 60_000),
  clockField('getSeconds(zone?)', 'seconds', ({ second }) => second, 1_000),
  builtin(
    'getMilliseconds(zone?)',
    'The milliseconds within the second, of a moment or a duration.',
    'duration("1500ms").getMilliseconds()',
    {
      most: 2,
      takes: [['timestamp', 'duration'], ['text']],
      gives: 'number',
      apply: ([value = null]) => {
        const time = needTime(value, 'getMilliseconds()');
        return time.kind === 'duration' ? Math.trunc(time.ms % 1_000) + 0 : mod(time.ms, 1_000);
      },
    },
  ),
  builtin(
    'format(pattern, zone?)',
    'A moment as text: yyyy, MM, MMMM, dd, EEEE, HH, mm, ss, SSS and ZZ (the offset) of the pattern are filled in.',
    'timestamp("2026-03-08T02:30:00Z").format("yyyy-MM-dd HH:mm", "Europe/Berlin")',
    {
      least: 2,
      most: 3,
      takes: [['timestamp'], ['text']],
      gives: 'text',
      apply: ([value = null, pattern, zone], frame) => {
        const ms = needMoment(value, 'format()');
        return formatted(ms, needText(pattern, 'format()'), aheadOf(zone, ms, frame));
      },
    },
  ),
];

function field(signature: string, doc: string, read: (fields: Fields) => number): Builtin {
  const name = calledAs(signature);

  return builtin(signature, doc, `timestamp("2026-03-08T02:30:00Z").${name}`, {
    most: 2,
    takes: [['timestamp'], ['text']],
    gives: 'number',
    apply: ([value = null, zone], frame) => {
      const ms = needMoment(value, name);
      return read(fieldsOf(ms, aheadOf(zone, ms, frame)));
    },
  });
}

/** Of a moment what the clock shows; of a duration all of it in this unit, without the rest. */
function clockField(signature: string, unit: string, read: (fields: Fields) => number, ms: number): Builtin {
  const name = calledAs(signature);

  return builtin(
    signature,
    `The ${unit} that the clock shows at a moment, or the whole ${unit} of a duration.`,
    `duration("1h30m").${name}`,
    {
      most: 2,
      takes: [['timestamp', 'duration'], ['text']],
      gives: 'number',
      apply: ([value = null, zone], frame) => {
        const time = needTime(value, name);
        return time.kind === 'duration'
          ? Math.trunc(time.ms / ms) + 0
          : read(fieldsOf(time.ms, aheadOf(zone, time.ms, frame)));
      },
    },
  );
}

/** Two times, or a time and a duration, added up or taken from each other; undefined where that makes no sense. */
export function timeSum(left: Json, right: Json, operator: '+' | '-'): Json | undefined {
  const [one, other] = [timeOf(left), timeOf(right)];
  if (one === undefined || other === undefined) return undefined;
  const ms = operator === '+' ? one.ms + other.ms : one.ms - other.ms;
  const kind = kindOfSum(one.kind, operator, other.kind);
  if (kind === undefined) return undefined;

  return kind === 'duration' ? newDuration(ms) : newTimestamp(ms);
}

/** What two kinds of times come to; undefined where there is no such sum. */
export function kindOfSum(left: string, operator: string, right: string): TimeValue['kind'] | undefined {
  return sums.get(`${left} ${operator} ${right}`);
}

const sums: ReadonlyMap<string, TimeValue['kind']> = new Map([
  ['timestamp - timestamp', 'duration'],
  ['duration + duration', 'duration'],
  ['duration - duration', 'duration'],
  ['timestamp + duration', 'timestamp'],
  ['timestamp - duration', 'timestamp'],
  ['duration + timestamp', 'timestamp'],
]);

function newTimestamp(ms: number): Json {
  if (ms < firstMs || ms > lastMs) throw failed('a moment lies in the years 1 to 9999');

  return new TimeValue('timestamp', ms).asJson();
}

function newDuration(ms: number): Json {
  if (Math.abs(ms) > spanMsMax) throw failed('a duration is shorter than 10,000 years');

  return new TimeValue('duration', ms + 0).asJson();
}

function toTimestamp(value: Json): Json {
  if (timeOf(value)?.kind === 'timestamp') return value;
  if (typeof value === 'number') return newTimestamp(Math.round(value * 1_000));
  const ms = typeof value === 'string' ? momentOf(value) : undefined;
  if (ms === undefined)
    throw unfit('timestamp() needs a text such as 2026-03-08T02:30:00Z or seconds since 1970', value);

  return newTimestamp(ms);
}

function toDuration(value: Json): Json {
  if (timeOf(value)?.kind === 'duration') return value;
  if (typeof value !== 'string' || !span.test(value))
    throw unfit('duration() needs a text such as 90s, 1h30m or 2d', value);
  const ms = [...value.matchAll(part)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0),
    0,
  );

  return newDuration(value.startsWith('-') ? -Math.trunc(ms) : Math.trunc(ms));
}

function needTime(value: Json, what: string): TimeValue {
  const time = timeOf(value);
  if (time === undefined) throw unfit(`${what} needs a moment or a duration`, value);

  return time;
}

function needMoment(value: Json, what: string): number {
  const time = timeOf(value);
  if (time?.kind !== 'timestamp') throw unfit(`${what} needs a moment, as timestamp(x) makes one`, value);

  return time.ms;
}

/** How far the clocks of a zone are ahead of UTC at a moment, in ms; not at all where no zone is given. */
function aheadOf(zone: Json | undefined, ms: number, frame: Frame): number {
  if (zone === undefined) return 0;
  spend(frame, zoneWork);
  const ahead = offsetIn(needText(zone, 'a time zone'), ms);
  if (ahead === undefined)
    throw unfit('a time zone is UTC, an offset such as +02:00, or a name such as Europe/Berlin', zone);

  return ahead;
}

function formatted(ms: number, pattern: string, ahead: number): string {
  const fields = fieldsOf(ms, ahead);
  const two = (number: number): string => String(number).padStart(2, '0');
  const offset = `${ahead < 0 ? '-' : '+'}${two(Math.floor(Math.abs(ahead) / 3_600_000))}:${two(Math.floor(Math.abs(ahead) / 60_000) % 60)}`;
  const words: Readonly<Record<string, string>> = {
    yyyy: String(fields.year).padStart(4, '0'),
    MMMM: months[fields.month - 1] ?? '',
    MM: two(fields.month),
    dd: two(fields.day),
    EEEE: weekdays[dayOfWeek(fields)] ?? '',
    HH: two(fields.hour),
    mm: two(fields.minute),
    ss: two(fields.second),
    SSS: String(mod(ms, 1_000)).padStart(3, '0'),
    ZZ: offset,
  };

  return pattern.replace(/yyyy|MMMM|MM|dd|EEEE|HH|mm|ss|SSS|ZZ/g, (word) => words[word] ?? word);
}
