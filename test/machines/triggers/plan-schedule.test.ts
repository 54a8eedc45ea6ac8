// What becomes of each time of a schedule: it starts a run, waits for one, or is counted as one that does not. Method:
// a desk of a few lines carries plans out on a clock of numbers; tests say how the world is and read what started.
import { describe, expect, test } from 'vitest';
import type { CronTrigger } from '../../../machines/definition.ts';
import {
  type FiredOutcome,
  newSchedule,
  planSchedule,
  type ScheduleMoment,
  ScheduleState,
  scheduleAfterStart,
  waitingMax,
  withBackfill,
  withNow,
} from '../../../machines/triggers/plan-schedule.ts';
import { triggeredRun } from '../../../machines/triggers/triggered-run.ts';

const hourly = schedule({});
const eight = Date.parse('2026-01-01T08:00Z');
const noCounts = { fired: 0, refused: 0, skipped: 0, missed: 0, paused: 0 };

test('begins when it is first looked at, not with what was before', () => {
  const plan = planSchedule(hourly, undefined, at(8.5));
  expect(plan).toEqual({ kind: 'write', state: newSchedule(hourly.trigger, at(8.5).nowMs) });
  const state = newSchedule(hourly.trigger, at(8.5).nowMs);
  expect(state).toEqual({
    cron: '0 * * * *',
    timezone: 'UTC',
    decidedUntil: '2026-01-01T08:30:00.000Z',
    waiting: [],
    counts: noCounts,
  });
  expect(ScheduleState.parse(state)).toEqual(state);
  expect(planSchedule(hourly, state, at(8.5))).toEqual({ kind: 'wait', untilMs: at(9).nowMs });
});

test('a time that has come is kept as being started, under the run that follows from it', () => {
  const plan = planSchedule(hourly, started(), at(9));
  const tick = iso(9);
  const firing = { tick, why: 'due', run: triggeredRun('reports', 'hourly', tick) };
  expect(plan).toEqual({ kind: 'fire', state: { ...started(), decidedUntil: tick, firing } });
  if (plan.kind !== 'fire') return;
  // Whoever goes on after a crash starts the same one, whatever else has come up since.
  expect(planSchedule(hourly, plan.state, at(12, { isLive: true, isPaused: true }))).toEqual(plan);
  expect(scheduleAfterStart(plan.state, { kind: 'already' })).toEqual({
    ...started(),
    decidedUntil: tick,
    last: firing,
    runBefore: firing.run,
    counts: { ...noCounts, fired: 1 },
  });
});

test('a start that was refused is told of, and the schedule goes on', () => {
  const desk = newDesk(hourly);
  desk.outcome = { kind: 'refused', code: 'input.missing', message: 'a: required and not given' };
  desk.play(at(9));
  expect(desk.state).toMatchObject({
    last: { tick: iso(9), refused: { code: 'input.missing', message: 'a: required and not given' } },
    counts: { ...noCounts, refused: 1 },
  });
  desk.outcome = { kind: 'started' };
  expect(desk.play(at(10))).toEqual([`${iso(10)} due`]);
  expect(desk.state.last).not.toHaveProperty('refused');
});

test('the run before is the last that began in turn, whatever a person has had started since', () => {
  const desk = newDesk(schedule({ overlap: 'allow' }));
  desk.play(at(9));
  const runBefore = triggeredRun('reports', 'hourly', iso(9));
  expect(desk.state.runBefore).toBe(runBefore);
  desk.state = withNow(desk.state, '2026-01-01T09:10:00.123Z', 'ada');
  expect(desk.play(at(9.2))).toEqual(['2026-01-01T09:10:00.123Z now ada']);
  expect(desk.state).toMatchObject({ runBefore, last: { why: 'now' } });
  desk.outcome = { kind: 'refused', code: 'input.missing', message: 'a: required and not given' };
  desk.play(at(10));
  expect(desk.state).toMatchObject({ runBefore, last: { tick: iso(10) } });
});

describe('while the run before is still going, a time', () => {
  test('is skipped', () => {
    const desk = newDesk(schedule({ overlap: 'skip' }));
    expect(desk.play(at(10, { isLive: true }))).toEqual([]);
    expect(desk.state.counts).toEqual({ ...noCounts, skipped: 2 });
    expect(desk.play(at(11))).toEqual([`${iso(11)} due`]);
  });

  test('waits for it, where the policy is buffer', () => {
    const desk = newDesk(schedule({ overlap: 'buffer' }));
    expect(desk.play(at(9, { isLive: true }))).toEqual([]);
    expect(desk.play(at(10, { isLive: true }))).toEqual([]);
    expect(desk.state.waiting).toEqual([
      { tick: iso(9), why: 'buffer' },
      { tick: iso(10), why: 'buffer' },
    ]);
    expect(desk.turn(at(10.5))).toEqual(`${iso(9)} buffer`);
    expect(desk.turn(at(10.5, { isLive: true }))).toBeUndefined();
    expect(desk.play(at(10.5))).toEqual([`${iso(10)} buffer`]);
  });

  test('starts all the same, where the policy is allow', () => {
    const desk = newDesk(schedule({ overlap: 'allow' }));
    expect(desk.play(at(9, { isLive: true }))).toEqual([`${iso(9)} due`]);
  });
});

describe('after a time away', () => {
  test('what is longer ago than is made up for is missed, the rest is caught up', () => {
    const desk = newDesk(schedule({ overlap: 'allow', catchupMs: 2 * 3_600_000 }));
    expect(desk.play(at(20))).toEqual([`${iso(18)} catch-up`, `${iso(19)} catch-up`, `${iso(20)} due`]);
    expect(desk.state.counts).toEqual({ ...noCounts, missed: 9, fired: 3 });
  });

  test('a schedule that skips catches up with one run', () => {
    const desk = newDesk(schedule({ overlap: 'skip', catchupMs: 5 * 3_600_000 }));
    expect(desk.play(at(20.5))).toEqual([`${iso(16)} catch-up`]);
    expect(desk.state.counts).toEqual({ ...noCounts, missed: 7, fired: 1, skipped: 4 });
  });

  test('one that lasts, no more are decided at once than a moment allows, and none is left out', () => {
    const desk = newDesk(schedule({ cron: '* * * * *', catchupMs: 3_600_000 }));
    expect(desk.play(at(8 + 24 * 3))).toEqual([`${iso(8 + 71)} catch-up`]);
    expect(desk.state.counts).toEqual({ ...noCounts, missed: 71 * 60 - 1, fired: 1, skipped: 60 });
    expect(desk.writes).toBeGreaterThan(10);
  });

  test('everything that may overlap starts, however much it is', () => {
    const desk = newDesk(schedule({ cron: '*/2 * * * * *', overlap: 'allow' }));
    expect(desk.play(at(9))).toHaveLength(1800);
    expect(desk.state.counts).toEqual({ ...noCounts, fired: 1800 });
  });

  test('no more waits than there is room for', () => {
    const desk = newDesk(schedule({ cron: '*/2 * * * * *', overlap: 'buffer' }));
    expect(desk.play(at(9, { isLive: true }))).toEqual([]);
    expect(desk.state.waiting).toHaveLength(waitingMax);
    expect(desk.state.counts).toEqual({ ...noCounts, skipped: 800 });
  });
});

test('nothing starts while it is paused, and nothing of it is made up for', () => {
  const desk = newDesk(hourly);
  expect(desk.play(at(10, { isPaused: true }))).toEqual([]);
  expect(desk.state.counts).toEqual({ ...noCounts, paused: 2 });
  expect(desk.play(at(11))).toEqual([`${iso(11)} due`]);
});

test('what was waiting when it was paused waits on', () => {
  const desk = newDesk(schedule({ overlap: 'buffer' }));
  desk.play(at(9, { isLive: true }));
  expect(desk.play(at(9.5, { isPaused: true }))).toEqual([]);
  expect(desk.play(at(9.5))).toEqual([`${iso(9)} buffer`]);
});

test('what a person wants now starts, paused or not, whatever is going on', () => {
  const desk = newDesk(hourly);
  desk.state = withNow(desk.state, '2026-01-01T08:10:00.123Z', 'ada');
  expect(desk.play(at(8.2, { isLive: true, isPaused: true }))).toEqual(['2026-01-01T08:10:00.123Z now ada']);
});

test('former times that a person wants start one after another, behind what comes by itself', () => {
  const desk = newDesk(hourly);
  desk.state = withBackfill(desk.state, [iso(1), iso(2)], 'ada');
  desk.state = withBackfill(desk.state, [iso(2), iso(3)], 'ada');
  expect(desk.play(at(8.5, { isPaused: true }))).toEqual([]);
  expect(desk.turn(at(8.5))).toBe(`${iso(1)} backfill ada`);
  expect(desk.turn(at(8.6, { isLive: true }))).toBeUndefined();
  expect(desk.turn(at(9))).toBe(`${iso(9)} due`);
  expect(desk.play(at(9.1))).toEqual([`${iso(2)} backfill ada`, `${iso(3)} backfill ada`]);
  expect(desk.state.counts).toEqual({ ...noCounts, fired: 4 });
});

test('what a person asks for takes no room from what comes by itself', () => {
  const desk = newDesk(schedule({ overlap: 'buffer' }));
  const ticks = Array.from({ length: waitingMax + 5 }, (_, index) => iso(-index));
  desk.state = withBackfill(desk.state, ticks, 'ada');
  expect(desk.state.counts.skipped).toBe(5);
  expect(desk.play(at(9, { isLive: true }))).toEqual([]);
  expect(desk.state.waiting).toHaveLength(waitingMax + 1);
  expect(desk.state.counts.skipped).toBe(5);
});

test('a schedule that was changed begins anew, and what waits is kept', () => {
  const desk = newDesk(hourly);
  desk.state = withBackfill(desk.state, [iso(1)], 'ada');
  const changed = schedule({ cron: '30 * * * *' });
  const plan = planSchedule(changed, desk.state, at(10.2, { isPaused: true }));
  expect(plan).toEqual({
    kind: 'write',
    state: { ...desk.state, cron: '30 * * * *', decidedUntil: iso(10.2) },
  });
  if (plan.kind === 'write') {
    expect(planSchedule(changed, plan.state, at(10.2, { isPaused: true }))).toEqual({
      kind: 'wait',
      untilMs: at(10.5).nowMs,
    });
  }
});

test('a clock that is set back repeats nothing', () => {
  const desk = newDesk(hourly);
  desk.play(at(10));
  const { state } = desk;
  expect(desk.play(at(8.5))).toEqual([]);
  expect(planSchedule(hourly, state, at(8.5))).toEqual({ kind: 'wait', untilMs: at(11).nowMs });
});

/** Carries plans out: each call of `play` until there is nothing to do, each turn at most one start. */
function newDesk(of: ReturnType<typeof schedule>) {
  const desk = {
    state: newSchedule(of.trigger, eight),
    outcome: { kind: 'started' } as FiredOutcome,
    writes: 0,
    turn: (moment: ScheduleMoment): string | undefined => {
      for (let plans = 0; plans < 1_000; plans += 1) {
        const plan = planSchedule(of, desk.state, moment);
        if (plan.kind === 'wait') return undefined;
        desk.writes += 1;
        desk.state = plan.kind === 'fire' ? scheduleAfterStart(plan.state, desk.outcome) : plan.state;
        expect(ScheduleState.parse(desk.state)).toEqual(desk.state);
        if (plan.kind !== 'fire') continue;
        const { tick, why, by } = plan.state.firing;
        return [tick, why, ...(by === undefined ? [] : [by])].join(' ');
      }
      throw new Error('the schedule never comes to a start or to rest');
    },
    play: (moment: ScheduleMoment): readonly string[] => {
      const starts: string[] = [];
      for (let start = desk.turn(moment); start !== undefined; start = desk.turn(moment)) {
        starts.push(start);
        if (starts.length > 2_000) throw new Error('the schedule starts more than there is');
      }
      return starts;
    },
  };

  return desk;
}

function schedule(rest: Partial<CronTrigger>) {
  const usual = {
    kind: 'cron',
    cron: '0 * * * *',
    timezone: 'UTC',
    overlap: 'skip',
    catchupMs: 3_600_000,
  } as const;

  return { trigger: { ...usual, ...rest }, definition: 'reports', id: 'hourly' };
}

function started(): ScheduleState {
  return newSchedule(hourly.trigger, eight);
}

function at(hour: number, rest: Partial<ScheduleMoment> = {}): ScheduleMoment {
  return { nowMs: eight + (hour - 8) * 3_600_000, isLive: false, isPaused: false, ...rest };
}

function iso(hour: number): string {
  return new Date(at(hour).nowMs).toISOString();
}
