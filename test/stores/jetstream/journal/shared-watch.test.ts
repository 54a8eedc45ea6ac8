// Several follow all runs with one consumer of the server. Method: followers of a journal in memory, each as slow as
// chance has it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Journal } from '../../../../src/ports/runs/journal.ts';
import { watchTogether } from '../../../../src/stores/jetstream/journal/shared-watch.ts';
import { createMemoryJournal } from '../../../../src/stores/memory/journal.ts';
import { createRecordWriter } from '../../../support/records.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function createWorld(most?: number) {
  const journal = createMemoryJournal();
  const writer = createRecordWriter('run-1');
  let end = 0;
  /** How many followers the journal has now. */
  const open = new Set<object>();
  let failed: Error | undefined;
  const watch: Journal['watch'] = async function* (options) {
    const one = {};
    open.add(one);
    try {
      for await (const stored of journal.watch(options)) {
        if (failed !== undefined) throw failed;
        yield stored;
      }
    } finally {
      open.delete(one);
    }
  };

  return {
    watch: watchTogether(watch, most),
    open,
    write: async () => {
      end = await journal.append(writer.next(end));
    },
    fail: (error: Error) => {
      failed = error;
    },
  };
}

type World = ReturnType<typeof createWorld>;

/** Reads until the position, and then leaves. */
async function readTo(
  { watch }: World,
  { after, last, pace = [0] }: { readonly after: number; readonly last: number; readonly pace?: number[] },
  onCaughtUp?: () => void,
): Promise<readonly number[]> {
  const stop = new AbortController();
  const read: number[] = [];
  const options = { after, signal: stop.signal, ...(onCaughtUp === undefined ? {} : { onCaughtUp }) };
  for await (const { position } of watch(options)) {
    read.push(position);
    if (position === last) stop.abort();
    for (let turns = pace[position % pace.length] ?? 0; turns > 0; turns -= 1) await turn();
  }

  return read;
}

test('every follower gets every message once and in order, wherever it begins and however slow it is', async () => {
  const follower = fc.record({
    after: fc.nat(20),
    pace: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
    joins: fc.nat(20),
    asks: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(follower, { minLength: 1, maxLength: 4 }), async (followers) => {
      const world = createWorld(3);
      for (let count = 0; count < 20; count += 1) await world.write();
      let caughtUp = 0;
      const readings = followers.map(async ({ joins, asks, ...where }) => {
        for (let turns = 0; turns < joins; turns += 1) await turn();
        return readTo(world, { ...where, last: 60 }, asks ? () => void caughtUp++ : undefined);
      });
      for (let count = 20; count < 60; count += 1) {
        await world.write();
        if (count % 3 === 0) await turn();
      }

      expect(await Promise.all(readings)).toEqual(
        followers.map(({ after }) => Array.from({ length: 60 - after }, (_, index) => after + index + 1)),
      );
      expect(caughtUp).toBe(followers.filter(({ asks }) => asks).length);
      expect(world.open.size).toBe(0);
    }),
    { numRuns: 100, seed: 6 },
  );
});

test('those who have caught up share one consumer, and whoever leaves last ends it', async () => {
  const world = createWorld();
  await world.write();
  const readings = [0, 1, 1].map((after) => readTo(world, { after, last: 5 }, () => undefined));
  for (let count = 1; count < 4; count += 1) {
    await world.write();
    for (let turns = 0; turns < 5; turns += 1) await turn();
  }
  expect(world.open.size).toBe(1);
  await world.write();

  expect(await Promise.all(readings)).toEqual([
    [1, 2, 3, 4, 5],
    [2, 3, 4, 5],
    [2, 3, 4, 5],
  ]);
  expect(world.open.size).toBe(0);
});

test('who is far behind holds nobody up', async () => {
  const world = createWorld();
  for (let count = 0; count < 500; count += 1) await world.write();
  // Comes first, and reads slowly.
  const behind = readTo(world, { after: 0, last: 501, pace: [1] });
  for (let turns = 0; turns < 3; turns += 1) await turn();
  let isBehindOver = false;
  void behind.then(() => {
    isBehindOver = true;
  });
  const ahead = readTo(world, { after: 500, last: 501 });
  await turn();
  await world.write();

  expect(await ahead).toEqual([501]);
  expect(isBehindOver).toBe(false);
  expect(await behind).toHaveLength(501);
});

test('when the shared consumer fails every follower learns why, and whoever follows again has another', async () => {
  const world = createWorld();
  const gone = new Error('it is gone');
  const readings = [0, 0].map((after) => readTo(world, { after, last: 2 }));
  await turn();
  world.fail(gone);
  await world.write();
  const failed = await Promise.allSettled(readings);

  expect(failed.map((each) => each.status === 'rejected' && each.reason)).toEqual([gone, gone]);
  expect(world.open.size).toBe(0);
});
