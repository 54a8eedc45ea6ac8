// The geometry of the timeline: where times stand, which idle times are folded, how bars are cut by what is seen.
// Method: hand-made timelines with round times, and whole answers compared.
import { expect, test } from 'vitest';
import { barHue, barLines, nameInside } from '../../../src/web/pages/run/bar-text.ts';
import {
  attemptsMax,
  busyTimes,
  placedBars,
  timelineSpan,
} from '../../../src/web/pages/run/timeline/timeline-bars.ts';
import {
  dragged,
  panned,
  timelineScale,
  zoomed,
} from '../../../src/web/pages/run/timeline/timeline-scale.ts';
import { sinceStart, ticks } from '../../../src/web/pages/run/timeline/timeline-ticks.ts';

const at = (ms: number) => new Date(ms).toISOString();
const bar = (kind: 'queued' | 'running' | 'retrying' | 'waiting', from: number, to?: number) => ({
  kind,
  from: at(from),
  ...(to === undefined ? {} : { to: at(to) }),
  attempt: 1,
  fromEvent: from + 1,
});
const row = (id: string, bars: ReturnType<typeof bar>[]) => ({
  id,
  depth: 0,
  type: 'ACTION',
  status: 'COMPLETED',
  bars,
  marks: [],
});

test('a span without idle time is drawn to scale, and back', () => {
  const scale = timelineScale({ from: 0, to: 100 }, { busy: [{ from: 0, to: 100 }], moments: [] });

  expect([0, 25, 100, -5, 500].map(scale.x)).toEqual([0, 0.25, 1, 0, 1]);
  expect(scale.ms(0.25)).toBe(25);
});

test('folds the idle time that takes up more than a fifth of the span, and keeps the order of times', () => {
  const busy = [
    { from: 0, to: 10 },
    { from: 90, to: 100 },
  ];
  const scale = timelineScale({ from: 0, to: 100 }, { busy, moments: [] });

  expect(scale.pieces.map(({ from, to, isFolded }) => [from, to, isFolded])).toEqual([
    [0, 10, false],
    [10, 90, true],
    [90, 100, false],
  ]);
  expect(scale.x(10)).toBeCloseTo(0.47);
  expect(scale.x(90)).toBeCloseTo(0.53);
  expect(scale.ms(scale.x(95))).toBeCloseTo(95);
});

test('does not fold what is short, nor a span in which nothing ran at all', () => {
  const busy = [
    { from: 0, to: 45 },
    { from: 60, to: 100 },
  ];

  expect(timelineScale({ from: 0, to: 100 }, { busy, moments: [] }).pieces).toHaveLength(3 - 2);
  expect(timelineScale({ from: 0, to: 100 }, { busy: [], moments: [] }).pieces).toHaveLength(1);
});

test('an act in the middle of idle time stays apart: there is a fold on either side of it', () => {
  const scale = timelineScale({ from: 0, to: 100 }, { busy: [{ from: 0, to: 10 }], moments: [50] });

  expect(scale.pieces.map(({ isFolded }) => isFolded)).toEqual([false, true, true]);
  expect(scale.x(50)).toBeGreaterThan(scale.x(49));
});

test('a run that goes on is drawn up to now, one that is over up to its end', () => {
  const timeline = { from: at(1_000), to: at(2_000), isOver: false };

  expect(timelineSpan(timeline, 9_000)).toEqual({ from: 1_000, to: 9_000 });
  expect(timelineSpan({ ...timeline, isOver: true }, 9_000)).toEqual({ from: 1_000, to: 2_000 });
});

test('attempts keep their time, waits only their ends', () => {
  const rows = [row('a', [bar('queued', 0, 5), bar('running', 5, 20)]), row('b', [bar('running', 10, 30)])];

  expect(busyTimes({ rows, marks: [] }, 50)).toEqual({
    busy: [{ from: 5, to: 30 }],
    moments: [0, 5, 5, 20, 10, 30],
  });
});

test('places the bars that can be seen, an open one up to the end, and filters by attempt', () => {
  const scale = timelineScale({ from: 0, to: 100 }, { busy: [{ from: 0, to: 100 }], moments: [] });
  const task = row('a', [bar('running', 10, 30), { ...bar('running', 60), attempt: 2 }]);
  const all = placedBars(task, { scale, end: 100, attempt: 'all' });

  expect(all.map(({ left, width, isOpen }) => [left, Number(width.toFixed(6)), isOpen])).toEqual([
    [0.1, 0.2, false],
    [0.6, 0.4, true],
  ]);
  expect(placedBars(task, { scale, end: 100, attempt: 1 })).toHaveLength(1);
  expect(placedBars(task, { scale, end: 100, attempt: 'last' })[0]?.bar.attempt).toBe(2);
  expect(attemptsMax({ rows: [task] })).toBe(2);
});

test('zooms around a time, moves and draws over, and never leaves the whole', () => {
  const whole = { from: 0, to: 1_000 };

  expect(zoomed(whole, { whole, factor: 0.5, around: 500 })).toEqual({ from: 250, to: 750 });
  expect(zoomed({ from: 0, to: 500 }, { whole, factor: 4, around: 100 })).toEqual(whole);
  expect(panned({ from: 0, to: 500 }, { whole, share: -0.5 })).toEqual({ from: 0, to: 500 });
  expect(panned({ from: 0, to: 500 }, { whole, share: 0.5 })).toEqual({ from: 250, to: 750 });
  expect(dragged(whole, { a: 700, b: 300 })).toEqual({ from: 300, to: 700 });
});

test('the axis has round times since the beginning and none inside of a fold', () => {
  const busy = [
    { from: 0, to: 10_000 },
    { from: 3_600_000, to: 3_610_000 },
  ];
  const scale = timelineScale({ from: 0, to: 3_610_000 }, { busy, moments: [] });

  expect(ticks(scale, { origin: 0, count: 4 }).map(({ label }) => label)).toEqual([
    '0',
    '5s',
    '10s',
    '1h 5s',
    '1h 10s',
  ]);
});

test.each([
  [0, '0'],
  [250, '250 ms'],
  [1_500, '1.5s'],
  [90_000, '1m 30s'],
  [7_500_000, '2h 5m'],
  [273_600_000, '3d 4h'],
])('%d ms after the beginning is %s', (ms, text) => {
  expect(sinceStart(ms)).toBe(text);
});

test('a bar says what it is, how long, how it ended and by whom; its colour is that of how it ended', () => {
  const failed = {
    ...bar('running', 0, 2_000),
    outcome: 'timed_out',
    worker: 'w1',
    toEvent: 9,
    note: 'slow',
  };

  expect(barLines(failed, { task: 'pay', end: 5_000 })).toEqual([
    'pay: attempt 1, 2s, timed out',
    'by w1',
    'slow',
    'event 1 to 9',
  ]);
  expect(barLines(bar('waiting', 0), { task: 'pay', end: 5_000 })[0]).toBe('pay: waiting, for 5s so far');
  expect([failed, bar('waiting', 0), bar('running', 0), bar('retrying', 0)].map(barHue)).toEqual([
    'failed',
    'waiting',
    'running',
    'running',
  ]);
});

test('a task inside of another is named by its pass, and no name of the definition itself is cut', () => {
  expect(nameInside({ id: 'orders[2].pay', depth: 1 })).toBe('[2].pay');
  expect(nameInside({ id: 'orders:2[0].each[11].pay', depth: 2 })).toBe('[11].pay');
  expect(nameInside({ id: 'in_a_branch', depth: 1 })).toBe('in_a_branch');
  expect(nameInside({ id: 'orders', depth: 0 })).toBe('orders');
});
