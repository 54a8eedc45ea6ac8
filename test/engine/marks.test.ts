// Small facts that all engines remember, as those who keep one kind of them see them. Method: marks in memory, which
// two write, and a clock that only the test moves.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createMarks, watchMarks } from '../../src/engine/marks.ts';
import { createMemoryMarkStore } from '../../src/stores/memory/mark-store.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { settled } from './node-world.ts';

const Counted = z.object({ count: z.int() });

function open() {
  const store = createMemoryMarkStore();
  const marks = createMarks(store, Counted);
  const up = (value: z.output<typeof Counted> | undefined) => ({ value: { count: (value?.count ?? 0) + 1 } });

  return { store, marks, up };
}

test('a mark that was spoilt by hand has no value, and is replaced as one that has', async () => {
  const { store, marks, up } = open();
  const revision = await store.write('count/a', 'spoilt', 0);
  await store.write('count/b', { count: 7 }, 0);
  expect(await marks.read('count/a')).toEqual({ value: undefined, revision });
  expect([...(await marks.values('count'))]).toEqual([['count/b', { count: 7 }]]);
  expect([...(await marks.all('count')).keys()]).toEqual(['count/a', 'count/b']);
  await marks.change('count/a', ({ value }) => ({ to: up(value), result: undefined }));

  expect((await marks.read('count/a')).value).toEqual({ count: 1 });
});

test('a mark that cannot be read counts for what its kind says', async () => {
  const store = createMemoryMarkStore();
  await store.write('drain/ada', 'spoilt', 0);
  const marks = createMarks(store, Counted, () => ({ count: -1 }));

  expect((await marks.read('drain/ada')).value).toEqual({ count: -1 });
  expect((await marks.read('drain/ben')).value).toBeUndefined();
});

test('of 20 who count at the same time each counts', async () => {
  const { marks, up } = open();
  const counted = Array.from({ length: 20 }, () =>
    marks.change('count', ({ value }) => ({ to: up(value), result: value?.count ?? 0 })),
  );
  const results = (await Promise.all(counted)).map(({ result }) => result);

  expect(results.toSorted((one, two) => one - two)).toEqual([...Array(20).keys()]);
  expect((await marks.read('count')).value).toEqual({ count: 20 });
});

test('a change that leaves a mark as it is writes nothing, and one that takes it away leaves none', async () => {
  const { marks, up } = open();
  const { revision } = await marks.change('count', ({ value }) => ({ to: up(value), result: 1 }));
  expect(await marks.change('count', () => ({ result: 'as it was' }))).toEqual({
    result: 'as it was',
    revision,
  });
  await marks.change('count', () => ({ to: 'removed', result: undefined }));

  expect(await marks.read('count')).toEqual({ value: undefined, revision: 0 });
});

test('what the caller knows of a mark is read anew where it is not so any more', async () => {
  const { marks } = open();
  await marks.write('count', { count: 5 }, 0);
  const seen: unknown[] = [];
  await marks.change(
    'count',
    ({ value }) => {
      seen.push(value);
      return { to: { value: { count: 9 } }, result: undefined };
    },
    { value: { count: 1 }, revision: 99 },
  );

  expect(seen).toEqual([{ count: 1 }, { count: 5 }]);
  expect((await marks.read('count')).value).toEqual({ count: 9 });
});

test('who is never the first says so in the end', async () => {
  const { store } = open();
  const marks = createMarks({ ...store, write: async () => undefined }, Counted);

  await expect(
    marks.change('count', () => ({ to: { value: { count: 1 } }, result: undefined })),
  ).rejects.toMatchObject({ code: 'mark.busy' });
});

test('a watch tells what has changed and nothing else, and of trouble once', async () => {
  const { store, marks } = open();
  const clock = createManualClock();
  const told: unknown[] = [];
  const state = { isDown: false };
  const watch = watchMarks({
    read: () => (state.isDown ? Promise.reject(new Error('no leader')) : marks.values('count')),
    everyMs: 1_000,
    clock,
    onChange: (found) => told.push(Object.fromEntries(found)),
    onTrouble: () => told.push('trouble'),
  });
  await watch.known;
  const second = async (): Promise<void> => {
    clock.advance(1_000);
    await settled();
  };
  await second();
  const revision = await store.write('count', { count: 1 }, 0);
  for (let looks = 0; looks < 3; looks += 1) await second();
  state.isDown = true;
  for (let looks = 0; looks < 3; looks += 1) await second();
  state.isDown = false;
  await second();
  await store.remove('count', revision ?? 0);
  await second();
  watch.close();
  await store.write('count', { count: 2 }, 0);
  await second();

  expect(told).toEqual([{ count: { count: 1 } }, 'trouble', {}]);
});
