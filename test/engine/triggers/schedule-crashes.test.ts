// Whoever looks after schedules may die at any moment, and two may look after them at once: each time has one run.
// Method: one of two is cut off from everything at its n-th call to a store or an engine, for every n there is. The
// engine is a list of what it was asked to start.
import { expect, test } from 'vitest';
import type { SchedulesDeps } from '../../../src/engine/triggers/schedules.ts';
import type { TriggeredStart } from '../../../src/engine/triggers/start-triggered.ts';
import { at, createScheduleWorld, definitionText, minuteMs } from './schedule-world.ts';

const never = new Promise<never>(() => undefined);
const minutes = 3;
const all = ['00:01', '00:02', '00:03'].map(at);
const strideMs = 20_000;

type World = Awaited<ReturnType<typeof openWorld>>;

async function openWorld(overlap: string) {
  const world = await createScheduleWorld({ engine: false });
  const started = new Map<string, string>();
  await world.register(definitionText(`overlap: ${overlap}`));
  const start = async ({ run, trigger }: TriggeredStart) => {
    const kind = started.has(run) ? 'already' : 'started';
    started.set(run, trigger.tick ?? '');

    return { kind, run } as const;
  };

  return { ...world, start, started: () => [...started.values()].sort() };
}

/** What somebody works with who dies at their n-th call: before it is made (even n), or before its answer comes. */
function mortal({ marks, journal, start }: World, diesAt: number) {
  let calls = 0;
  const last = Math.ceil(diesAt / 2);
  const cut =
    <Args extends readonly unknown[], Result>(act: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      calls += 1;
      if (calls > last || (calls === last && diesAt % 2 === 0)) return never;
      const result = await act(...args);
      return calls >= last ? never : result;
    };
  const deps: Partial<SchedulesDeps> = {
    marks: { read: cut(marks.read), write: cut(marks.write), all: cut(marks.all), remove: cut(marks.remove) },
    reader: { last: cut(journal.last) },
    start: cut(start),
  };

  return { deps, calls: () => calls };
}

/** At how many points somebody may die who looks after the schedule alone. */
async function pointsOf(overlap: string): Promise<number> {
  const world = await openWorld(overlap);
  const { deps, calls } = mortal(world, Number.POSITIVE_INFINITY);
  world.tend({ start: world.start, ...deps });
  await world.pass(minutes * minuteMs, strideMs);
  expect(world.started()).toEqual(all);

  return 2 * calls();
}

for (const overlap of ['allow', 'buffer']) {
  test(`two at once with overlap ${overlap}, one of which dies at any point: every minute has one run`, async () => {
    const points = await pointsOf(overlap);
    expect(points).toBeGreaterThan(40);
    for (let diesAt = 1; diesAt <= points; diesAt += 1) {
      const world = await openWorld(overlap);
      world.tend(mortal(world, diesAt).deps);
      // As slow as the first one, which is therefore first.
      world.tend(mortal(world, Number.POSITIVE_INFINITY).deps);
      await world.pass(minutes * minuteMs, strideMs);
      expect([diesAt, world.started()]).toEqual([diesAt, all]);
      expect((await world.state())?.counts).toMatchObject({ fired: minutes, missed: 0, skipped: 0 });
    }
  }, 120_000);
}

test('one dies at any point, and the next one makes up for what it left', async () => {
  const points = await pointsOf('allow');
  for (let diesAt = 1; diesAt <= points; diesAt += 1) {
    const world = await openWorld('allow');
    world.tend(mortal(world, diesAt).deps);
    await world.pass(minutes * minuteMs, strideMs);
    // What was kept says from when on the schedule counts; without, nobody has ever looked at it.
    const isKnown = (await world.state()) !== undefined;
    const end = world.tend({ start: world.start });
    await world.pass(2_000);
    await end();
    expect([diesAt, world.started()]).toEqual([diesAt, isKnown ? all : []]);
    expect(isKnown || diesAt < 8).toBe(true);
  }
}, 120_000);
