import { Cron } from 'croner';

/** When a schedule is due: by the clock on the wall of a time zone. */
export type CronTimes = { readonly cron: string; readonly timezone: string };

/**
 * A list of hours or minutes counts as fixed times as much as a single one does: what falls into the hour that the
 * clock skips comes once at its end, what falls into the hour that comes twice comes once.
 */
const options = { paused: true, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' } as const;

/** All that the calendar knows, leap days on a certain weekday included, comes within so many years of this day. */
const anyDay = new Date('2000-01-01T00:00:00.000Z');

/** What is wrong with a schedule, if anything is, and in which of its two parts. */
export function cronProblem({
  cron,
  timezone,
}: CronTimes): { readonly at: 'cron' | 'timezone'; readonly message: string } | undefined {
  if (!isZone(timezone)) {
    return {
      at: 'timezone',
      message: `no time zone "${timezone}"; one such as Europe/Berlin, or UTC, is known`,
    };
  }
  try {
    // A text that is a date would be taken for the only time that it comes.
    if (!/^(\S+\s+){4,5}\S+$|^@\w+$/.test(cron.trim())) throw new RangeError('five or six fields are needed');
    if (timesOf({ cron, timezone }).nextRun(anyDay) !== null) return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `"${cron}" is no cron expression: ${reason.replace(/^CronPattern: /, '')}`;

    return { at: 'cron', message };
  }

  return { at: 'cron', message: `"${cron}" never comes: there is no such day` };
}

/**
 * The times after one and up to another, in ISO 8601 and UTC, the first `most` of them. They follow from the arguments
 * alone, not from the time it is now. Throws on what cronProblem names.
 */
export function ticksAfter(
  schedule: CronTimes,
  afterMs: number,
  { untilMs, most }: { readonly untilMs: number; readonly most: number },
): readonly string[] {
  const times = timesOf(schedule);
  const ticks: string[] = [];
  let next = times.nextRun(new Date(afterMs));
  while (next !== null && next.getTime() <= untilMs && ticks.length < most) {
    ticks.push(next.toISOString());
    next = times.nextRun(next);
  }

  return ticks;
}

/** The next `count` times after one, in ISO 8601 and UTC. */
export function nextTicks(schedule: CronTimes, afterMs: number, count: number): readonly string[] {
  return ticksAfter(schedule, afterMs, { untilMs: Number.POSITIVE_INFINITY, most: count });
}

function timesOf({ cron, timezone }: CronTimes): Cron {
  return new Cron(atFixedTimes(cron.trim()), { ...options, timezone });
}

/**
 * Where the hours are named, so are all times of a day: minutes and seconds in steps are written as the list that they
 * are, which croner then takes for fixed times. With steps or `*` for hours they go by real time.
 */
function atFixedTimes(cron: string): string {
  const fields = cron.split(/\s+/);
  const hours = fields.at(-4);
  if (fields.length < 5 || hours === undefined || /[*/]/.test(hours)) return cron;

  return fields.map((field, index) => (index < fields.length - 4 ? listed(field) : field)).join(' ');
}

/** `*`, or a range in steps: a range alone counts as fixed times already. */
const series = /^(?:\*|(\d+)-(\d+)(?=\/))(?:\/(\d+))?$/;

function listed(field: string): string {
  return field
    .split(',')
    .map((part) => {
      const match = series.exec(part);
      if (match === null) return part;
      const [, from = '0', to = '59', every = '1'] = match;
      if (Number(every) === 0 || Number(to) > 59 || Number(from) > Number(to)) return part;
      const count = Math.floor((Number(to) - Number(from)) / Number(every)) + 1;

      return Array.from({ length: count }, (_, index) => Number(from) + index * Number(every)).join(',');
    })
    .join(',');
}

function isZone(timezone: string): boolean {
  try {
    return timezone !== '' && timesOf({ cron: '@daily', timezone }).nextRun(anyDay) !== null;
  } catch {
    return false;
  }
}
