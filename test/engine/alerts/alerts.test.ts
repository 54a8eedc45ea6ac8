// Alert rules speak once for each trouble, whichever of several engines is first, and an engine that dies over it
// takes nothing away. Method: the real loop over a clock that is moved by hand, lines of runs as the board has them,
// and marks in memory that the engines share.
import { expect, onTestFinished, test } from 'vitest';
import type { AlertRule } from '../../../machines/serve-file/served.ts';
import { createMemoryTriggerMarks } from '../../../src/adapters/memory/trigger-marks.ts';
import { createAlertFeed } from '../../../src/engine/alerts/alert-feed.ts';
import { createAlertMarks } from '../../../src/engine/alerts/alert-marks.ts';
import { runAlerts } from '../../../src/engine/alerts/alerts.ts';
import { AlertNotDelivered } from '../../../src/ports/alert-delivery.ts';
import type { Alert } from '../../../src/ports/alert-feed.ts';
import type { BoardLine } from '../../../src/ports/board.ts';
import type { Agent } from '../../../src/ports/roster.ts';
import type { TriggerMarks } from '../../../src/ports/trigger-marks.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

const began = '2026-01-01T00:00:00.000Z';
const failing: AlertRule = { name: 'failed', on: 'run_failed', to: [{ kind: 'log' }] };
const alone: AlertRule = { name: 'alone', on: 'no_worker', afterMs: 10_000, to: [{ kind: 'log' }] };

function line(
  run: string,
  status: 'RUNNING' | 'FAILED' | 'COMPLETED',
  more: Partial<BoardLine> = {},
): BoardLine {
  const ended = status === 'RUNNING' ? {} : { endedAt: began };
  const definition = { id: 'pay', version: 1, hash: 'h' };
  const head = { definition, status, startedAt: began, settled: 0, tasks: 1, active: [], error: 'paint.dry' };

  return { run, sequence: 3, updatedAt: began, position: 1, head: { ...head, ...ended }, ...more };
}

const idle: Agent = {
  name: 'GREETER',
  level: 'L3',
  skills: [],
  capacity: 1,
  transport: { kind: 'nats' },
  declared: false,
  workers: [],
};

/** What the engines of one project see, and the place where what they said stands. */
function createWorld() {
  const clock = createManualClock(Date.parse(began));
  const marks = createMemoryTriggerMarks();
  const said: { readonly alert: Alert; readonly id: string }[] = [];
  const troubles: string[] = [];
  const seen = { lines: [] as BoardLine[], waiting: 0, workers: idle.workers };

  return { clock, marks, said, troubles, seen };
}
type World = ReturnType<typeof createWorld>;

/** `fails`: so often it cannot say an alert; `hangs`: it dies while it says it; `slow`: what it waits for. */
function engineOf(
  world: World,
  rules: readonly AlertRule[],
  {
    fails = 0,
    hangs = false,
    slow,
  }: { readonly fails?: number; readonly hangs?: boolean; readonly slow?: () => Promise<void> } = {},
) {
  const { clock, marks, said, troubles, seen } = world;
  const feed = createAlertFeed();
  const heard: string[] = [];
  feed.onAlert(({ text }) => heard.push(text));
  let failures = 0;
  const alerts = runAlerts({
    board: { lines: () => seen.lines, ready: Promise.resolve() },
    workflows: { approvals: async () => [], deadLetters: async () => [] },
    agents: {
      agents: () => [{ ...idle, workers: seen.workers }],
      depths: async () => new Map([['GREETER', { waiting: seen.waiting, taken: 0 }]]),
    },
    clock,
    rules: () => rules,
    marks: createAlertMarks(marks, clock),
    delivery: {
      deliver: async (alert, _target, id) => {
        if (hangs) await new Promise(() => undefined);
        await slow?.();
        if (failures++ < fails) throw new AlertNotDelivered('chat.example answered 500');
        said.push({ alert, id });
      },
    },
    onAlert: feed.say,
    onTrouble: (message) => troubles.push(message),
    dashboard: () => 'http://127.0.0.1:7420',
  });
  onTestFinished(() => alerts.close());

  return { heard, close: alerts.close };
}

/** Moves the time until it is so. */
function whenLooking<T>(clock: ManualClock, read: () => T) {
  const look = () => {
    clock.advance(1_000);

    return read();
  };

  return expect.poll(look, { timeout: 10_000, interval: 2 });
}

/** Time enough for all engines to have looked several times. */
async function someLooks({ clock }: World): Promise<void> {
  for (let looks = 0; looks < 20; looks++) {
    clock.advance(1_000);
    for (let turns = 0; turns < 20; turns++) await Promise.resolve();
  }
}

test('a run that failed is told once, with where to look, however many engines look on', async () => {
  const world = createWorld();
  world.seen.lines = [line('01a', 'RUNNING'), line('01b', 'COMPLETED')];
  const engines = [engineOf(world, [failing]), engineOf(world, [failing]), engineOf(world, [failing])];
  await someLooks(world);
  expect(world.said).toEqual([]);
  world.seen.lines = [line('01a', 'FAILED')];
  await whenLooking(world.clock, () => world.said.length).toBe(1);
  await someLooks(world);

  expect(world.said).toHaveLength(1);
  expect(world.said[0]?.alert).toMatchObject({
    rule: 'failed',
    run: '01a',
    text: 'run 01a of pay failed: paint.dry',
    link: 'http://127.0.0.1:7420/runs/01a',
  });
  expect(engines.flatMap(({ heard }) => heard)).toEqual(['run 01a of pay failed: paint.dry']);
});

test('what a worker says of its failure stays in the one line of the alert', async () => {
  const world = createWorld();
  const failed = line('01a', 'FAILED');
  world.seen.lines = [{ ...failed, head: { ...failed.head, error: 'a.b\nalert x: \u001b[2J\u2028fine' } }];
  engineOf(world, [failing]);
  await whenLooking(world.clock, () => world.said.length).toBe(1);
  expect(world.said[0]?.alert.text).toBe('run 01a of pay failed: a.b alert x: [2J fine');
});

test('an engine that comes later says nothing again, and a run that fails anew is told anew', async () => {
  const world = createWorld();
  world.seen.lines = [line('01a', 'FAILED')];
  const first = engineOf(world, [failing]);
  await whenLooking(world.clock, () => world.said.length).toBe(1);
  await someLooks(world);
  await first.close();
  engineOf(world, [failing]);
  await someLooks(world);
  expect(world.said).toHaveLength(1);
  world.seen.lines = [line('01a', 'FAILED', { sequence: 9 })];
  await whenLooking(world.clock, () => world.said.length).toBe(2);
});

test('an engine that dies while it says it is followed by another', async () => {
  const world = createWorld();
  world.seen.lines = [line('01a', 'FAILED')];
  const dying = engineOf(world, [failing], { hangs: true });
  await whenLooking(world.clock, () => dying.heard.length).toBe(1);
  await dying.close();
  engineOf(world, [failing]);
  await someLooks(world);
  expect(world.said).toEqual([]);
  await whenLooking(world.clock, () => world.said.length).toBe(1);
  expect(world.clock.now() - Date.parse(began)).toBeGreaterThanOrEqual(5 * 60_000);
});

test('what cannot be said is said again, under the same id, and in the log it stands why', async () => {
  const world = createWorld();
  world.seen.lines = [line('01a', 'FAILED')];
  engineOf(world, [failing], { fails: 2 });
  await whenLooking(world.clock, () => world.said.length).toBe(1);
  expect(world.troubles).toEqual([
    'alert failed: run 01a of pay failed: paint.dry: not said, tried again in 1 s: chat.example answered 500',
    'alert failed: run 01a of pay failed: paint.dry: not said, tried again in 5 s: chat.example answered 500',
  ]);
});

test('of very many at once some are said at a time, and in the end all of them', async () => {
  const world = createWorld();
  world.seen.lines = Array.from({ length: 120 }, (_, index) => line(`01x${index}`, 'FAILED'));
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let begun = 0;
  const slow = async () => {
    begun += 1;
    await opened;
  };
  engineOf(world, [failing], { slow });
  await whenLooking(world.clock, () => begun).toBe(50);
  await someLooks(world);
  expect(begun).toBe(50);
  open();
  await whenLooking(world.clock, () => world.said.length).toBe(120);
});

test('an agent without workers is told again when its workers went once more', async () => {
  const world = createWorld();
  const { seen, clock, said } = world;
  engineOf(world, [alone]);
  await someLooks(world);
  expect(said).toEqual([]);
  seen.waiting = 2;
  await whenLooking(clock, () => said.length).toBe(1);
  expect(said[0]?.alert.text).toMatch(
    /^2 tasks wait for GREETER, and no worker of it has been there for 1\ds$/,
  );
  await someLooks(world);
  expect(said).toHaveLength(1);

  seen.waiting = 0;
  await someLooks(world);
  seen.waiting = 1;
  await whenLooking(clock, () => said.length).toBe(2);
});

test('marks that cannot be reached are tried again, and told of once', async () => {
  const world = createWorld();
  world.seen.lines = [line('01a', 'FAILED')];
  let isGone = true;
  const flaky: TriggerMarks = {
    ...world.marks,
    read: async (key) => {
      if (isGone) throw new Error('no server');
      return world.marks.read(key);
    },
  };
  engineOf({ ...world, marks: flaky }, [failing]);
  await someLooks(world);
  expect(world.troubles).toEqual(['alert rules could not be looked at, it is tried again: no server']);
  isGone = false;
  await whenLooking(world.clock, () => world.said.length).toBe(1);
});
