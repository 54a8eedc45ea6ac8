// Every time of a schedule is decided exactly once, whatever happens around it, and runs overlap only where they may.
// Method: random sequences of turns by
// two desks that share a state by compare-and-set, each of which may work on a state it read long ago, or die between
// any two of its actions, while the clock goes on or back, runs end, and people pause, resume and ask for more.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CronTrigger } from '../../../machines/definition.ts';
import { ticksAfter } from '../../../machines/triggers/cron-ticks.ts';
import {
  type FiredOutcome,
  newSchedule,
  planSchedule,
  type ScheduleState,
  scheduleAfterStart,
  withBackfill,
  withNow,
} from '../../../machines/triggers/plan-schedule.ts';

const startMs = Date.parse('2026-03-28T12:00Z');
const minuteMs = 60_000;

type Death = 'none' | 'before-intent' | 'after-intent' | 'after-start';
type Why = NonNullable<ScheduleState['firing']>['why'];
type Happening =
  | { readonly kind: 'time'; readonly minutes: number }
  | { readonly kind: 'turn'; readonly death: Death; readonly isStale: boolean; readonly isRefused: boolean }
  | { readonly kind: 'end'; readonly which: number }
  | { readonly kind: 'pause' | 'resume' | 'now' }
  | { readonly kind: 'backfill'; readonly hours: number };

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('time' as const), minutes: fc.integer({ min: -90, max: 300 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('turn' as const),
      death: fc.constantFrom<Death>(
        'none',
        'none',
        'before-intent',
        'after-intent',
        'after-start',
        'after-start',
      ),
      isStale: fc.boolean(),
      isRefused: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat({ max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('pause' as const, 'resume' as const, 'now' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('backfill' as const), hours: fc.integer({ min: 0, max: 30 }) }),
  },
);

const triggers: fc.Arbitrary<CronTrigger> = fc.record({
  kind: fc.constant('cron' as const),
  cron: fc.constantFrom('*/10 * * * *', '0 * * * *', '30 2 * * *'),
  timezone: fc.constantFrom('UTC', 'Europe/Zurich'),
  overlap: fc.constantFrom('skip' as const, 'buffer' as const, 'allow' as const),
  catchupMs: fc.constantFrom(10 * minuteMs, 60 * minuteMs, 600 * minuteMs),
});

test('every time is decided exactly once, and every run is started once', { timeout: 120_000 }, () => {
  const seen = { lost: 0, died: 0, resumed: 0, held: 0 };
  fc.assert(
    fc.property(triggers, fc.array(happenings, { minLength: 20, maxLength: 80 }), (trigger, all) => {
      const world = newWorld(trigger);
      for (const each of all) happen(world, each);
      settle(world);
      const { state } = world;
      const { fired: ran, refused, skipped, missed, paused } = state.counts;
      const due = ticksAfter(trigger, startMs, { untilMs: Date.parse(state.decidedUntil), most: 100_000 });
      expect(state.waiting).toEqual([]);
      expect(ran + refused + skipped + missed + paused).toBe(due.length + world.asked);
      expect(world.started.size + world.refused.size).toBe(ran + refused);
      const byItself = [...world.started.values(), ...world.refused.values()].filter((tick) =>
        due.includes(tick),
      );
      expect(new Set(byItself).size).toBe(byItself.length);
      for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += world.seen[key];
    }),
    { numRuns: 300, seed: 11 },
  );
  // A generator that makes none of the trouble proves nothing.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(30);
});

type World = ReturnType<typeof newWorld>;

function newWorld(trigger: CronTrigger) {
  const state = newSchedule(trigger, startMs);

  return {
    schedule: { trigger, definition: 'reports', id: 'daily' },
    state,
    revision: 1,
    /** What the other desk read some time ago. */
    stale: { state, revision: 1 },
    nowMs: startMs,
    /** The runs that have not ended, and why they were started. */
    live: new Map<string, Why>(),
    isPaused: false,
    started: new Map<string, string>(),
    refused: new Map<string, string>(),
    /** What people asked for. */
    asked: 0,
    /** `held`: a run went on while a desk looked at what is due. */
    seen: { lost: 0, died: 0, resumed: 0, held: 0 },
  };
}

function happen(world: World, happening: Happening): void {
  switch (happening.kind) {
    case 'time':
      world.nowMs += happening.minutes * minuteMs;
      return;
    case 'end':
      world.live.delete([...world.live.keys()][happening.which % Math.max(1, world.live.size)] ?? '');
      return;
    case 'pause':
    case 'resume':
      world.isPaused = happening.kind === 'pause';
      return;
    case 'now':
      world.asked += 1;
      write(
        world,
        withNow(world.state, new Date(world.nowMs + world.asked).toISOString(), 'ada'),
        world.revision,
      );
      return;
    case 'backfill': {
      // Times of days long past, so that they are none of those that come by themselves.
      const ticks = [
        new Date(startMs - (happening.hours + 1 + 31 * world.asked) * 60 * minuteMs).toISOString(),
      ];
      world.asked += 1;
      write(world, withBackfill(world.state, ticks, 'ada'), world.revision);
      return;
    }
    case 'turn':
      turn(world, happening);
  }
}

/** One turn of a desk. Whether there was something to do. */
function turn(world: World, { death, isStale, isRefused }: Extract<Happening, { kind: 'turn' }>): boolean {
  const { state, revision } = isStale ? world.stale : world;
  world.stale = { state: world.state, revision: world.revision };
  const { nowMs, isPaused, live } = world;
  // As whoever carries schedules out finds it: by the state that was read.
  const isLive = state.firing === undefined && live.has(state.runBefore ?? '');
  if (isLive) world.seen.held += 1;
  const plan = planSchedule(world.schedule, state, { nowMs, isPaused, isLive });
  if (plan.kind === 'wait') {
    expect(plan.untilMs).toBeGreaterThan(Math.max(world.nowMs, Date.parse(state.decidedUntil)));
    return false;
  }
  if (death === 'before-intent') return died(world);
  if (!write(world, plan.state, revision)) return true;
  if (plan.kind === 'write') return true;
  if (death === 'after-intent') return died(world);
  const after = world.revision;
  const outcome = start(world, plan.state.firing, isRefused);
  if (death === 'after-start') return died(world);
  write(world, scheduleAfterStart(plan.state, outcome), after);

  return true;
}

/** Starts a run as an engine does: once for each id. What is refused once is refused again. */
function start(
  world: World,
  { run, tick, why }: NonNullable<ScheduleState['firing']>,
  isRefused: boolean,
): FiredOutcome {
  const refusal = { kind: 'refused', code: 'x', message: 'x' } as const;
  if (world.started.has(run)) {
    world.seen.resumed += 1;
    return { kind: 'already' };
  }
  if (isRefused || world.refused.has(run)) {
    world.refused.set(run, tick);
    return refusal;
  }
  world.started.set(run, tick);
  if (why !== 'now' && world.schedule.trigger.overlap !== 'allow') {
    expect([...world.live.values()].filter((each) => each !== 'now')).toEqual([]);
  }
  world.live.set(run, why);

  return { kind: 'started' };
}

function write(world: World, state: ScheduleState, revision: number): boolean {
  if (revision !== world.revision) {
    world.seen.lost += 1;
    return false;
  }
  world.state = state;
  world.revision += 1;

  return true;
}

function died(world: World): boolean {
  world.seen.died += 1;

  return true;
}

/** Nothing dies any more, and every run ends: the schedule comes to rest. */
function settle(world: World): void {
  world.isPaused = false;
  for (let turns = 0; turns < 5_000; turns += 1) {
    world.live.clear();
    if (!turn(world, { kind: 'turn', death: 'none', isStale: false, isRefused: false })) return;
  }
  throw new Error('the schedule never comes to rest');
}
