// When a schedule is due follows from its text, its zone and where one begins to look, and from nothing else: not from
// the time it is now, nor from the zone of this machine. Method: the days on which clocks change in zones that do it in
// different ways, and ten years of one schedule in twenty zones.
import { describe, expect, test, vi } from 'vitest';
import { cronProblem, nextTicks, ticksAfter } from '../../../machines/triggers/cron-ticks.ts';

type Row = readonly [title: string, cron: string, timezone: string, from: string, ticks: readonly string[]];

const skipped: readonly Row[] = [
  [
    'one time comes at the end of the hour',
    '30 2 * * *',
    'Europe/Zurich',
    '2026-03-28T12:00Z',
    ['2026-03-29T01:00', '2026-03-30T00:30'],
  ],
  [
    'in New York too',
    '30 2 * * *',
    'America/New_York',
    '2026-03-07T12:00Z',
    ['2026-03-08T07:00', '2026-03-09T06:30'],
  ],
  [
    'half an hour on Lord Howe',
    '15 2 * * *',
    'Australia/Lord_Howe',
    '2026-10-03T00:00Z',
    ['2026-10-03T15:30', '2026-10-04T15:15'],
  ],
  ['nothing in UTC', '30 2 * * *', 'UTC', '2026-03-28T12:00Z', ['2026-03-29T02:30', '2026-03-30T02:30']],
  [
    'two times of a list come once, together',
    '0,30 2 * * *',
    'Europe/Zurich',
    '2026-03-28T12:00Z',
    ['2026-03-29T01:00', '2026-03-30T00:00'],
  ],
  [
    'steps in a named hour come once, together',
    '*/30 2 * * *',
    'America/New_York',
    '2026-03-07T12:00Z',
    ['2026-03-08T07:00', '2026-03-09T06:00', '2026-03-09T06:30'],
  ],
  [
    'steps of a range in named hours, too',
    '10-50/20 1-2 * * *',
    'America/New_York',
    '2026-03-08T05:00Z',
    ['2026-03-08T06:10', '2026-03-08T06:30', '2026-03-08T06:50', '2026-03-08T07:00', '2026-03-09T05:10'],
  ],
  [
    'every half hour goes on',
    '*/30 * * * *',
    'Europe/Zurich',
    '2026-03-29T00:15Z',
    ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30'],
  ],
  [
    'nothing where it ends at midnight: that would be another day',
    '30 23 * * *',
    'America/Nuuk',
    '2026-03-27T12:00Z',
    ['2026-03-28T01:30', '2026-03-30T00:30'],
  ],
];
const doubled: readonly Row[] = [
  [
    'one time comes the first time',
    '30 2 * * *',
    'Europe/Zurich',
    '2026-10-24T12:00Z',
    ['2026-10-25T00:30', '2026-10-26T01:30'],
  ],
  [
    'in New York too',
    '30 1 * * *',
    'America/New_York',
    '2026-10-31T12:00Z',
    ['2026-11-01T05:30', '2026-11-02T06:30'],
  ],
  [
    'half an hour on Lord Howe',
    '45 1 * * *',
    'Australia/Lord_Howe',
    '2026-04-04T00:00Z',
    ['2026-04-04T14:45', '2026-04-05T15:15'],
  ],
  ['nothing in UTC', '30 2 * * *', 'UTC', '2026-10-24T12:00Z', ['2026-10-25T02:30', '2026-10-26T02:30']],
  [
    'the times of a list come once each',
    '0,30 2 * * *',
    'Europe/Zurich',
    '2026-10-24T12:00Z',
    ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-26T01:00'],
  ],
  [
    'steps in a named hour come once each',
    '*/30 1 * * *',
    'America/New_York',
    '2026-10-31T12:00Z',
    ['2026-11-01T05:00', '2026-11-01T05:30', '2026-11-02T06:00'],
  ],
  [
    'every hour goes on, both of them',
    '0 * * * *',
    'Europe/Zurich',
    '2026-10-24T23:30Z',
    ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
  ],
];

describe('when the clock skips an hour', () => {
  test.each(skipped)('%s', (_, cron, timezone, from, ticks) => {
    expect(nextTicks({ cron, timezone }, Date.parse(from), ticks.length)).toEqual(ticks.map(inFull));
  });
});

describe('when an hour comes twice', () => {
  test.each(doubled)('%s', (_, cron, timezone, from, ticks) => {
    expect(nextTicks({ cron, timezone }, Date.parse(from), ticks.length)).toEqual(ticks.map(inFull));
  });
});

const zones = [
  ...['UTC', 'Europe/Zurich', 'Europe/London', 'Europe/Lisbon', 'Europe/Istanbul', 'Africa/Casablanca'],
  ...['Africa/Cairo', 'Asia/Kolkata', 'Asia/Kathmandu', 'Asia/Tokyo', 'Asia/Beirut', 'Asia/Tehran'],
  ...['Australia/Lord_Howe', 'Australia/Sydney', 'Pacific/Chatham', 'Pacific/Kiritimati', 'America/New_York'],
  ...['America/St_Johns', 'America/Sao_Paulo', 'America/Santiago'],
];

test.each(zones)(
  'ten years at half past two in %s have one time a day, each after the one before',
  (timezone) => {
    const from = Date.parse('2020-01-01T00:00Z');
    const until = Date.parse('2030-01-01T00:00Z');
    const ticks = ticksAfter({ cron: '30 2 * * *', timezone }, from, { untilMs: until, most: 10_000 });
    expect(ticks.length).toBeGreaterThanOrEqual(3652);
    expect(ticks.length).toBeLessThanOrEqual(3654);
    expect(ticks).toEqual([...new Set(ticks)].sort());
    const format = new Intl.DateTimeFormat('sv', { timeZone: timezone, dateStyle: 'short' });
    expect(new Set(ticks.map((tick) => format.format(new Date(tick)))).size).toBe(ticks.length);
  },
);

test('looks after a time, up to another one with it, and at so many at most', () => {
  const daily = { cron: '0 9 * * *', timezone: 'UTC' };
  const nine = Date.parse('2026-01-01T09:00Z');
  const untilMs = Date.parse('2026-01-03T09:00Z');
  const days = ['2026-01-01T09:00', '2026-01-02T09:00', '2026-01-03T09:00'].map(inFull);
  expect(ticksAfter(daily, nine - 1, { untilMs, most: 9 })).toEqual(days);
  expect(ticksAfter(daily, nine, { untilMs, most: 9 })).toEqual(days.slice(1));
  expect(ticksAfter(daily, nine, { untilMs: untilMs - 1, most: 9 })).toEqual(days.slice(1, 2));
  expect(ticksAfter(daily, nine - 1, { untilMs, most: 2 })).toEqual(days.slice(0, 2));
});

test('the time it is now, and where, makes no difference', () => {
  const cron = { cron: '0 30 2 * * MON-FRI', timezone: 'Europe/Zurich' };
  const from = Date.parse('2026-03-20T00:00Z');
  const before = nextTicks(cron, from, 20);
  vi.useFakeTimers({ now: Date.parse('2031-07-01T00:00Z') });
  vi.stubEnv('TZ', 'America/Los_Angeles');
  try {
    expect(nextTicks(cron, from, 20)).toEqual(before);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.unstubAllEnvs();
    vi.useRealTimers();
  }
});

test('a leap day comes in leap years, and the last day in each month', () => {
  const from = Date.parse('2026-01-15T00:00Z');
  expect(nextTicks({ cron: '0 9 29 2 *', timezone: 'UTC' }, from, 2)).toEqual(
    ['2028-02-29T09:00', '2032-02-29T09:00'].map(inFull),
  );
  expect(nextTicks({ cron: '0 9 L * *', timezone: 'UTC' }, from, 2)).toEqual(
    ['2026-01-31T09:00', '2026-02-28T09:00'].map(inFull),
  );
});

describe('is a schedule', () => {
  test.each([
    ...['0 9 * * 1', '*/5 * * * *', '0 9 * * MON-FRI', '0 0 1 JAN *', '*/10 * * * * *', '0 9 * * 5L'],
    ...['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually', '  0   9 * * * '],
  ])('%s', (cron) => {
    expect(cronProblem({ cron, timezone: 'Europe/Zurich' })).toBeUndefined();
  });
});

describe('is none', () => {
  test.each([
    ['99 9 * * *', '"99 9 * * *" is no cron expression: Invalid value for minute: 99'],
    ['0 9 * *', '"0 9 * *" is no cron expression: five or six fields are needed'],
    ['0 0 9 * * * 2030', '"0 0 9 * * * 2030" is no cron expression: five or six fields are needed'],
    ['2026-01-01T00:00:00', '"2026-01-01T00:00:00" is no cron expression: five or six fields are needed'],
    ['@reboot', expect.stringContaining('@reboot is not supported')],
    ['@every', expect.stringContaining('is no cron expression')],
    ['0 9 30 2 *', '"0 9 30 2 *" never comes: there is no such day'],
    ['', expect.stringContaining('five or six fields')],
    ['* * * FOO *', expect.stringContaining('illegal characters')],
    ['0/0 9 * * *', expect.stringContaining('is no cron expression')],
  ])('%s', (cron, message) => {
    expect(cronProblem({ cron, timezone: 'UTC' })).toEqual({ at: 'cron', message });
  });

  test.each(['Europe/Nowhere', 'Mars', '', '+25:00'])('in the zone %s', (timezone) => {
    const message = `no time zone "${timezone}"; one such as Europe/Berlin, or UTC, is known`;
    expect(cronProblem({ cron: '0 9 * * *', timezone })).toEqual({ at: 'timezone', message });
  });
});

function inFull(minute: string): string {
  return `${minute}:00.000Z`;
}
