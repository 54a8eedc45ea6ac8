// Alert rules speak once for each trouble, whichever of several engines is first. Method: the real loop over a clock
// that is moved by hand, lines of runs as the board has them, and marks in memory that the engines share.
import { expect, test } from 'vitest';
import type { MarkStore } from '../../../src/ports/mark-store.ts';
import { alone, createWorld, engineOf, failing, line, someLooks, whenLooking } from './alerts-world.ts';

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

test('the same where it took a while to say it the first time', async () => {
  const world = createWorld();
  const { seen, clock, said } = world;
  engineOf(world, [alone], { slow: async () => clock.advance(300) });
  seen.waiting = 2;
  await whenLooking(clock, () => said.length).toBe(1);
  await someLooks(world);
  seen.waiting = 0;
  await someLooks(world);
  seen.waiting = 1;
  await whenLooking(clock, () => said.length).toBe(2);
});

test('marks that cannot be reached are tried again, and told of once', async () => {
  const world = createWorld();
  world.seen.lines = [line('01a', 'FAILED')];
  let isGone = true;
  const flaky: MarkStore = {
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

test('a clock that is set on makes no agent seem alone for longer than it was', async () => {
  const world = createWorld();
  const { seen, clock, said } = world;
  engineOf(world, [alone]);
  seen.waiting = 2;
  const beganMs = clock.steady();
  await whenLooking(clock, () => clock.steady() - beganMs).toBeGreaterThanOrEqual(3_000);
  clock.setBy(3_600_000);
  await whenLooking(clock, () => said.length).toBe(1);

  expect(clock.steady() - beganMs).toBeGreaterThanOrEqual(10_000);
});
