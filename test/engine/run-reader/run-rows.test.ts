// Books are read once, and kept up to date by what lands. Method: a journal in memory that counts how often it is read.
import { afterEach, expect, test } from 'vitest';
import { createRunRows } from '../../../src/engine/run-reader/run-cache.ts';
import { createRunBook } from '../../../src/projections/run/run-book.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createWriting, type LiveWorld, one, openLiveWorld, seen, two } from '../../http/live-world.ts';

const worlds: LiveWorld[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map(({ board }) => board.close()));
});

function openCounting() {
  const memory = createMemoryJournal();
  let reads = 0;
  const journal = {
    ...memory,
    read: (run: string, options?: { readonly after?: number }) => {
      reads += 1;
      return memory.read(run, options);
    },
  };
  const world = openLiveWorld(journal);
  worlds.push(world);

  return { ...world, counted: journal, write: createWriting(memory), reads: () => reads };
}

test('reads a run once for all who open it at the same time, and follows it from then on', async () => {
  const { board, counted, write, reads } = openCounting();
  await board.ready;
  await seen(board, await write(one));
  const books = createRunRows(counted, board, createRunBook);
  const [first, second] = await Promise.all([books.open(one), books.open(one)]);
  expect(first).toBe(second);
  expect(reads()).toBe(1);

  await seen(board, await write(one));
  expect((await books.open(one)).rows.map(({ line }) => line.sequence)).toEqual([1, 2]);
  expect(reads()).toBe(1);
});

test('reads on where it has not heard of everything', async () => {
  const { board, counted, write, journal } = openCounting();
  await board.ready;
  await seen(board, await write(one));
  const books = createRunRows(counted, board, createRunBook);
  await books.open(one);
  journal.plant({ run: one, body: 'a stranger' });
  await seen(board, await write(two));
  const { rows } = await books.open(one);

  expect(rows.map(({ line }) => line.problem !== undefined)).toEqual([false, true]);
});

test('says that there is no such run', async () => {
  const { board, counted } = openCounting();
  await board.ready;

  await expect(createRunRows(counted, board, createRunBook).open('nowhere')).rejects.toMatchObject({
    code: 'run.not-found',
  });
});

test('lets go of what was not looked at for longest where there is too much', async () => {
  const { board, counted, write, reads } = openCounting();
  await board.ready;
  for (const run of [one, one, two, two]) await write(run);
  await seen(board, 4);
  const books = createRunRows(counted, board, createRunBook, 3);
  await books.open(one);
  await books.open(two);
  expect(books.atHand(one)).toBeUndefined();
  expect(books.atHand(two)?.rows).toHaveLength(2);
  await books.open(one);
  expect(reads()).toBe(3);
});
