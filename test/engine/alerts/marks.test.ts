// What is kept of alerts that were said: an engine that dies over one takes nothing away, a place that was told is not
// told again, and no mark stays for ever. Method: as in alerts.test.ts; an engine dies by hanging in what it says.
import { expect, test } from 'vitest';
import type { AlertRule } from '../../../machines/serve-file/served.ts';
import { began, createWorld, engineOf, failing, line, someLooks, whenLooking } from './alerts-world.ts';

const hourMs = 60 * 60_000;
const chat = { kind: 'webhook', url: 'https://chat.example/' } as const;
const pager = { kind: 'webhook', url: 'https://pager.example/' } as const;
const both: AlertRule = { ...failing, to: [chat, pager] };

/** Moves the time by so many hours, with a look every now and then. */
async function hours(world: ReturnType<typeof createWorld>, count: number): Promise<void> {
  for (let passed = 0; passed < count; passed++) {
    world.clock.advance(hourMs);
    await someLooks(world);
  }
}

test('an engine that dies while it says it is followed by another', async () => {
  const world = createWorld();
  world.seen.lines = [line('01a', 'FAILED')];
  const dying = engineOf(world, [failing], { hangsAt: 'log' });
  await whenLooking(world.clock, () => dying.heard.length).toBe(1);
  await dying.close();
  engineOf(world, [failing]);
  await someLooks(world);
  expect(world.said).toEqual([]);
  await whenLooking(world.clock, () => world.said.length).toBe(1);
  expect(world.clock.now() - Date.parse(began)).toBeGreaterThanOrEqual(5 * 60_000);
});

test('an alert that an engine died over is said five minutes later also where the clock was set back meanwhile', async () => {
  const world = createWorld();
  world.seen.lines = [line('01a', 'FAILED')];
  const dying = engineOf(world, [failing], { hangsAt: 'log' });
  world.clock.setBy(hourMs);
  await whenLooking(world.clock, () => dying.heard.length).toBe(1);
  await dying.close();
  const diedMs = world.clock.steady();
  world.clock.setBy(-hourMs);
  engineOf(world, [failing]);
  await whenLooking(world.clock, () => world.said.length).toBe(1);

  expect(world.clock.steady() - diedMs).toBeLessThan(10 * 60_000);
});

test('a place that was told by an engine that died is not told again, the others are, under the same id', async () => {
  const world = createWorld();
  world.seen.lines = [line('01a', 'FAILED')];
  const dying = engineOf(world, [both], { hangsAt: pager.url });
  await whenLooking(world.clock, () => world.said.length).toBe(1);
  await someLooks(world);
  await dying.close();
  const next = engineOf(world, [both]);
  await whenLooking(world.clock, () => world.said.length).toBe(2);
  await someLooks(world);

  expect(world.said.map(({ to }) => to)).toEqual([chat.url, pager.url]);
  expect(new Set(world.said.map(({ alert }) => alert.id)).size).toBe(1);
  expect([dying.heard.length, next.heard.length]).toEqual([1, 0]);
});

test('an engine that slept over it says no further what another has taken since', async () => {
  const world = createWorld();
  world.seen.lines = [line('01a', 'FAILED')];
  let wake = (): void => undefined;
  const asleep = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const sleeping = engineOf(world, [failing], { slow: () => asleep, fails: 1 });
  await whenLooking(world.clock, () => sleeping.heard.length).toBe(1);
  engineOf(world, [failing]);
  await whenLooking(world.clock, () => world.said.length).toBe(1);
  wake();
  await whenLooking(world.clock, () => world.troubles.length).toBe(1);
  await someLooks(world);

  expect(world.said).toHaveLength(1);
});

test('what is muted is said to nobody, also later, and what cannot be told to be muted is said', async () => {
  const world = createWorld();
  world.seen.lines = [line('01a', 'FAILED'), line('01b', 'FAILED'), line('01c', 'FAILED')];
  const isMuted = async ({ run }: { readonly run?: string }) => {
    if (run === '01c') throw new Error('no server');
    return run === '01b';
  };
  const engine = engineOf(world, [failing], { isMuted });
  await whenLooking(world.clock, () => world.said.length).toBe(2);
  await someLooks(world);
  await engine.close();
  engineOf(world, [failing]);
  await someLooks(world);

  expect(world.said.map(({ alert }) => alert.run).sort()).toEqual(['01a', '01c']);
  expect(engine.heard).toHaveLength(2);
});

test('marks are taken away a day after the trouble is over, and not before', async () => {
  const world = createWorld();
  const late: AlertRule = { name: 'late', on: 'run_late', afterMs: 1_000, to: [{ kind: 'log' }] };
  world.seen.lines = [line('01a', 'FAILED'), line('01b', 'RUNNING')];
  engineOf(world, [failing, late]);
  await whenLooking(world.clock, () => world.said.length).toBe(2);
  await hours(world, 22);
  expect((await world.marks.all('alert')).size).toBe(2);
  await hours(world, 4);
  expect((await world.marks.all('alert')).size).toBe(1);
  world.seen.lines = [line('01a', 'FAILED'), line('01b', 'COMPLETED')];
  await hours(world, 2);

  expect((await world.marks.all('alert')).size).toBe(0);
  expect(world.said).toHaveLength(2);
});
