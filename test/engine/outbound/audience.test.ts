// What runs do is told where anybody listens: a consumer, a definition with a trigger, a run that waits for it. Method:
// a follower over a journal in memory, with consumers that come and go.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createToldWorld } from './outbound-world.ts';

type World = ReturnType<typeof createToldWorld>;

async function openWorld(): Promise<World> {
  const world = createToldWorld();
  world.audience.always = false;
  world.audience.isHeard = async () => false;
  await world.marks.write('relay', { position: 0 }, 0);

  return world;
}

const told = ({ published }: World) => published.map(({ id }) => id.split('/').slice(0, 2).join('/'));
const mark = async ({ marks }: World) => (await marks.read('relay'))?.value;

/** Until the mark is there: what is before it was told, or nobody wanted it. */
async function untilMarked(world: World, position: number): Promise<void> {
  let marked: unknown;
  await world.until(() => {
    void mark(world).then((value) => {
      marked = value;
    });
    return JSON.stringify(marked) === JSON.stringify({ position });
  });
}

test('where nobody listens nothing is told, and what happens then is not told later', async () => {
  const world = await openWorld();
  world.follow();
  for (const run of ['a', 'b', 'a']) await world.write(run);
  await untilMarked(world, 3);
  world.audience.isHeard = async () => true;
  await world.write('b');
  await untilMarked(world, 4);

  expect(told(world)).toEqual(['b/2']);
});

test('a consumer misses nothing that happens once it is there, though it is noticed later', async () => {
  const world = await openWorld();
  let looks = 0;
  let isThere = false;
  world.audience.isHeard = async () => {
    looks += 1;
    return isThere;
  };
  world.follow();
  await world.write('a');
  await world.until(() => looks > 0);
  isThere = true;
  await world.write('b');
  await world.write('b');
  await world.until(() => world.published.length === 2);

  expect(told(world)).toEqual(['b/1', 'b/2']);
});

test('where it cannot be found out whether anybody listens, everything is told', async () => {
  const world = await openWorld();
  world.audience.isHeard = () => Promise.reject(new Error('no answer'));
  world.follow();
  await world.write('a');
  await world.until(() => world.published.length === 1);

  expect(told(world)).toEqual(['a/1']);
});

test('what a trigger or a waiting run wants is told at once, after what its run did before', async () => {
  const world = await openWorld();
  // Whether a consumer is there is never answered.
  world.audience.isHeard = () => new Promise(() => undefined);
  world.audience.types.add('workflow.run.resumed');
  world.follow();
  await world.write('a');
  await world.write('b');
  await world.write('a');
  await world.until(() => world.published.length === 2);
  world.audience.types.clear();
  await world.write('c', false, ['workflow.run.paused']);
  await world.write('d');
  await world.until(() => world.published.length === 3);

  expect(told(world)).toEqual(['a/1', 'a/2', 'd/1']);
});

test('what a trigger wants that is read only now is told', async () => {
  const world = await openWorld();
  let settle = (): void => undefined;
  world.audience.settled = () =>
    new Promise((resolve) => {
      settle = () => {
        world.audience.types.add('workflow.run.paused');
        resolve();
      };
    });
  world.follow();
  await world.write('a');
  await world.until(() => {
    settle();
    return world.published.length === 1;
  });

  expect(told(world)).toEqual(['a/1']);
});

test('while it cannot be told what triggers want nothing is left out, and a consumer is told', async () => {
  const world = await openWorld();
  const gone = Promise.reject(new Error('no definition can be read'));
  gone.catch(() => undefined);
  world.audience.settled = () => gone;
  world.follow();
  await world.write('a');
  let isLater = false;
  world.clock.after(5_000, () => {
    isLater = true;
  });
  await world.until(() => isLater);
  expect(await mark(world)).toEqual({ position: 0 });
  world.audience.isHeard = async () => true;
  await world.until(() => world.published.length === 1);
  // Where a definition is read for ever, too.
  world.audience.settled = () => new Promise(() => undefined);
  await world.write('b');
  await world.until(() => world.published.length === 2);

  expect(told(world)).toEqual(['a/1', 'b/1']);
});

test('more than may wait are read on when it has been looked', async () => {
  const world = await openWorld();
  world.follow();
  for (let run = 0; run < 4_100; run += 1) await world.write(`run-${run}`);
  await untilMarked(world, 4_100);

  expect(world.published).toEqual([]);
});

test('who stops while it is to be looked later looks no more', async () => {
  const world = await openWorld();
  const stop = new AbortController();
  let looks = 0;
  world.audience.isHeard = async () => {
    looks += 1;
    return false;
  };
  const { over } = world.follow({ signal: stop.signal });
  const turns = async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  await world.write('a');
  await turns();
  await world.write('b');
  await turns();
  expect(looks).toBe(1);
  stop.abort();
  await world.until(() => true);
  await over;
  world.clock.advance(10_000);
  await turns();

  expect(looks).toBe(1);
});

test('what waits for a look when it ends is left to whoever goes on', async () => {
  const world = await openWorld();
  world.audience.isHeard = () => new Promise(() => undefined);
  const stop = new AbortController();
  const { over } = world.follow({ signal: stop.signal });
  await world.write('a');
  await world.until(() => true);
  stop.abort();
  await over;
  world.audience.isHeard = async () => true;
  world.follow();
  await world.until(() => world.published.length === 1);

  expect(told(world)).toEqual(['a/1']);
});

test('of each run everything is told from the first that is heard on, in order, whenever consumers come', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ run: fc.nat(3), comes: fc.boolean(), passes: fc.nat(2_000) }), { maxLength: 30 }),
      async (writes) => {
        const world = await openWorld();
        let isThere = false;
        world.audience.isHeard = async () => isThere;
        world.follow();
        const counts = new Map<string, number>();
        const due: string[] = [];
        for (const { run, comes, passes } of writes) {
          isThere ||= comes && passes > 1_000;
          const id = `run-${run}`;
          const sequence = (counts.get(id) ?? 0) + 1;
          counts.set(id, sequence);
          await world.write(id);
          if (isThere) due.push(`${id}/${sequence}`);
          world.clock.advance(passes);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await untilMarked(world, writes.length);
        const all = told(world);

        expect(all).toEqual(expect.arrayContaining(due));
        for (const id of counts.keys()) {
          const sequences = all.flatMap((each) =>
            each.startsWith(`${id}/`) ? [Number(each.split('/')[1])] : [],
          );
          const first = sequences[0] ?? 1;
          expect(sequences).toEqual(sequences.map((_, index) => first + index));
        }
      },
    ),
    { numRuns: 60, seed: 21 },
  );
});
