// Other programs are told everything, of each run in order, whatever dies on the way. Method: followers over a journal
// in memory that are cut off at any of their calls, with a broker that is slow or away at random; then on each of them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import { EventsUnavailable, EventTooLarge } from '../../../src/ports/events/event-publisher.ts';
import { createToldWorld, type Death } from './outbound-world.ts';

type World = ReturnType<typeof createToldWorld>;

/** What is told of the records that were written, by their runs, in order. */
function expectAllTold({ published }: World, wanted: readonly string[]): void {
  const first = [...new Set(published.map(({ id }) => id))];
  const ofRun = (ids: readonly string[], run: string) => ids.filter((id) => id.startsWith(`${run}/`));
  for (const run of new Set(wanted.map((id) => id.split('/')[0] ?? '')))
    expect(ofRun(first, run)).toEqual(ofRun(wanted, run));
}

/** Writes records, each of one of a few runs, and gives the ids of the events that are to be told. */
async function writeAll(
  { write }: World,
  records: readonly (readonly [number, boolean])[],
): Promise<readonly string[]> {
  const counts = new Map<string, { all: number; told: number }>();
  const wanted: string[] = [];
  for (const [of, isTold] of records) {
    const run = `run-${of}`;
    const { all, told } = counts.get(run) ?? { all: 0, told: 0 };
    counts.set(run, { all: all + 1, told: told + (isTold ? 1 : 0) });
    await write(run, isTold);
    if (isTold) wanted.push(`${run}/${all + 1}/workflow.run.${told % 2 === 0 ? 'paused' : 'resumed'}`);
  }

  return wanted;
}

/** A broker that takes as many turns, or fails, as the numbers say, one after another. */
function moody(moods: readonly number[]): (event: CloudEvent) => Promise<void> {
  let count = 0;

  return async () => {
    const mood = moods[count++ % moods.length] ?? 0;
    if (mood > 4) throw new EventsUnavailable('it is away');
    for (let turn = 0; turn < mood; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
}

const records = fc.array(fc.tuple(fc.nat(3), fc.boolean()), { minLength: 1, maxLength: 40 });
const deaths = fc.array(fc.record({ calls: fc.integer({ min: 1, max: 60 }), isDone: fc.boolean() }), {
  maxLength: 5,
});

test('everything is told, and of each run in order, however often whoever tells it dies', async () => {
  await fc.assert(
    fc.asyncProperty(
      records,
      records,
      deaths,
      fc.array(fc.nat(5), { minLength: 1 }),
      async (before, after, dying, moods) => {
        const world = createToldWorld();
        await world.marks.write('relay', { position: 0 }, 0);
        const publish = moody(moods.some((mood) => mood < 5) ? moods : [0]);
        const early = await writeAll(world, before);
        // All of them at once: who is thought to be dead may still be at it.
        for (const death of dying) world.follow({ death, publish });
        world.follow({ publish });
        const all = [
          ...early,
          ...(await writeAll(
            world,
            after.map(([of, isTold]) => [of + 10, isTold]),
          )),
        ];
        await world.until(() => all.every((id) => world.published.some((event) => event.id === id)));

        expectAllTold(world, all);
      },
    ),
    { numRuns: 100, seed: 6 },
  );
});

test('one after another, each dying at a later call, leave nothing out and the mark where all was told', async () => {
  for (const isDone of [true, false]) {
    const world = createToldWorld();
    await world.marks.write('relay', { position: 0 }, 0);
    const all = await writeAll(
      world,
      [0, 1, 0, 1, 2, 0].map((of) => [of, true]),
    );
    for (let calls = 1; calls < 40; calls += 1) {
      const death: Death = { calls, isDone };
      const { isDead } = world.follow({ death });
      await world.until(
        () => isDead() || all.every((id) => world.published.some((event) => event.id === id)),
      );
    }
    const stop = new AbortController();
    const { over } = world.follow({ signal: stop.signal });
    await world.until(() => all.every((id) => world.published.some((event) => event.id === id)));
    stop.abort();
    await over;

    expectAllTold(world, all);
    expect((await world.marks.read('relay'))?.value).toEqual({ position: 6 });
  }
});

test('the first who tells begins with what happens then', async () => {
  const world = createToldWorld();
  await writeAll(world, [[0, true]]);
  world.follow();
  await world.until(() => true);
  await world.write('run-9', true);
  await world.until(() => world.published.length > 0);

  expect(world.published.map(({ id }) => id)).toEqual(['run-9/1/workflow.run.paused']);
});

test('who stops while the broker is away leaves the mark before what was not told', async () => {
  const world = createToldWorld();
  await world.marks.write('relay', { position: 0 }, 0);
  await writeAll(world, [
    [0, true],
    [1, true],
    [2, true],
  ]);
  const stop = new AbortController();
  const away = (event: CloudEvent) =>
    event.subject === 'run-1' ? Promise.reject(new EventsUnavailable('it is away')) : Promise.resolve();
  const { over } = world.follow({ publish: away, signal: stop.signal });
  await world.until(() => world.published.length === 2);
  stop.abort();
  await over;

  expect((await world.marks.read('relay'))?.value).toEqual({ position: 1 });
});

test('a broker that is away is told of once, and tried again until it is back', async () => {
  const world = createToldWorld();
  await world.marks.write('relay', { position: 0 }, 0);
  await writeAll(
    world,
    [0, 1, 2, 3, 4].map((of) => [of, true]),
  );
  let tries = 0;
  world.follow({
    publish: () => (tries++ < 40 ? Promise.reject(new EventsUnavailable('it is away')) : Promise.resolve()),
  });
  await world.until(() => world.published.length === 5);

  expect(world.troubles).toMatchObject([{ code: 'event.unavailable' }]);
});

test('an event that no broker takes is told of once, and does not hold up those behind it', async () => {
  const world = createToldWorld();
  await world.marks.write('relay', { position: 0 }, 0);
  await writeAll(
    world,
    [0, 0, 0].map((of) => [of, true]),
  );
  world.follow({
    publish: ({ id }) =>
      id.startsWith('run-0/3/') ? Promise.resolve() : Promise.reject(new EventTooLarge(id, 2, 1)),
  });
  await world.until(() => world.published.length > 0);

  expect(world.published.map(({ id }) => id)).toEqual(['run-0/3/workflow.run.paused']);
  expect(world.troubles).toMatchObject([{ code: 'event.too-large' }]);
});

test('strange messages of a run are told of once, and what follows them is told', async () => {
  const world = createToldWorld();
  await world.marks.write('relay', { position: 0 }, 0);
  for (const body of ['{', '[]']) world.journal.plant({ run: 'run-5', body });
  await writeAll(world, [[0, true]]);
  world.follow();
  await world.until(() => world.published.length > 0);

  expect(world.troubles).toMatchObject([{ code: 'journal.foreign' }]);
});

test('a mark of a journal that is gone counts for nothing', async () => {
  const world = createToldWorld();
  await world.marks.write('relay', { position: 1_000 }, 0);
  await writeAll(world, [[0, true]]);
  const stop = new AbortController();
  const { over } = world.follow({ signal: stop.signal });
  await world.until(() => true);
  await world.write('run-9', true);
  await world.until(() => world.published.length > 0);
  stop.abort();
  await over;

  expect(world.published.map(({ id }) => id)).toEqual(['run-9/1/workflow.run.paused']);
  expect((await world.marks.read('relay'))?.value).toEqual({ position: 2 });
});
