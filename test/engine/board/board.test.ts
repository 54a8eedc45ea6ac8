// The board is the index of runs, kept live. These tests put records into a journal in memory and ask the board: it
// must know what the index knows, and tell each record that lands once, in order.

import { afterEach, expect, test } from 'vitest';
import { createBoard } from '../../../src/engine/board/board.ts';
import { runsInJournal } from '../../../src/engine/run-reader/run-index.ts';
import type { Board, Landed } from '../../../src/ports/runs/board.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import { createMemoryJournal, type MemoryJournal } from '../../../src/stores/memory/journal.ts';
import { indexedJournal, linesOf } from '../../support/indexed.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createRecordWriter } from '../../support/records.ts';

const one = 'run-a';
const two = 'run-b';
const boards: Board[] = [];
afterEach(async () => {
  await Promise.all(boards.splice(0).map((board) => board.close()));
});

function openBoard(journal: Journal, onTrouble: (message: string) => void = () => {}) {
  const clock = createManualClock();
  const board = createBoard({ ...indexedJournal(journal), clock, onTrouble });
  boards.push(board);

  return { board, clock };
}

/** Writes records of two runs in turn, and answers when the board has seen the last. */
function writing(journal: MemoryJournal, board?: Board) {
  const writers: Record<string, ReturnType<typeof createRecordWriter>> = {
    [one]: createRecordWriter(one),
    [two]: createRecordWriter(two),
  };
  const last: Record<string, number> = {};

  return async (run: string, padding?: string): Promise<number> => {
    const writer = writers[run];
    if (writer === undefined) throw new Error('no such run');
    const seen = board === undefined ? undefined : landing(board, run);
    const position = await journal.append(writer.next(last[run] ?? 0, padding));
    last[run] = position;
    await seen;

    return position;
  };
}

function landing(board: Board, run: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = board.onLanded((landed) => {
      if (landed.run !== run) return;
      stop();
      resolve();
    });
  });
}

test('has every run there was when it is ready, the latest change first', async () => {
  const journal = createMemoryJournal();
  const write = writing(journal);
  for (const run of [one, two, one]) await write(run);
  const { board } = openBoard(journal);
  await board.ready;

  expect(board.live().map(({ run, position, sequence }) => ({ run, position, sequence }))).toEqual([
    { run: one, position: 3, sequence: 2 },
    { run: two, position: 2, sequence: 1 },
  ]);
  expect(board.position()).toBe(3);
  expect(await linesOf(board)).toEqual(await runsInJournal(journal).page({ order: 'changed', limit: 10 }));
});

test('tells each record that lands once and in order, with the run after it', async () => {
  const journal = createMemoryJournal();
  const { board } = openBoard(journal);
  await board.ready;
  const heard: Landed[] = [];
  const stop = board.onLanded((landed) => heard.push(landed));
  const write = writing(journal, board);
  for (const run of [one, two, one]) await write(run);
  stop();
  await write(two);

  expect(heard.map(({ position, run, line }) => [position, run, line.sequence])).toEqual([
    [1, one, 1],
    [2, two, 1],
    [3, one, 2],
  ]);
  expect(board.live().map(({ run }) => run)).toEqual([two, one]);
  expect(board.line(one)?.sequence).toBe(2);
  expect(board.position()).toBe(4);
});

test('loses nothing that lands while the index is read', async () => {
  const journal = createMemoryJournal();
  const write = writing(journal);
  await write(one);
  const late: Journal = {
    ...journal,
    lastOfEach: async function* () {
      yield* journal.lastOfEach();
      await write(one);
      await write(two);
    },
  };
  const { board } = openBoard(late);
  const seen = landing(board, two);
  await board.ready;
  await seen;

  expect(board.live().map(({ run, sequence }) => [run, sequence])).toEqual([
    [two, 1],
    [one, 2],
  ]);
  expect(board.since(1)?.map(({ position }) => position)).toEqual([2, 3]);
});

test('knows what landed behind a position, and says so when that was before its time', async () => {
  const journal = createMemoryJournal();
  await writing(journal)(one);
  const { board } = openBoard(journal);
  await board.ready;
  const write = writing(journal, board);
  for (const run of [two, two]) await write(run);

  expect(board.since(0)).toBeUndefined();
  expect(board.since(1)?.map(({ position }) => position)).toEqual([2, 3]);
  expect(board.since(3)).toEqual([]);
});

test('sets a run aside when a stranger lands on it, and when its last record was altered', async () => {
  const journal = createMemoryJournal();
  const { board } = openBoard(journal);
  await board.ready;
  const write = writing(journal, board);
  await write(one);
  journal.plant({ run: one, body: 'no record' });
  await write(two);

  expect(board.line(one)?.damage).toMatchObject({ code: 'journal.foreign', sequence: 2, position: 2 });
  const seen = landing(board, two);
  const { body } = createRecordWriter(two).next(0);
  journal.plant({ run: two, body: body.replace('"reason":""', '"reason":"!"') });
  await seen;
  expect(board.line(two)?.damage).toMatchObject({ code: 'journal.altered' });
});

test('tries again when the journal cannot be read, and says so', async () => {
  const journal = createMemoryJournal();
  await writing(journal)(one);
  let failures = 2;
  const flaky: Journal = {
    ...journal,
    end: async () => {
      if (failures-- > 0) throw new Error('no server');
      return journal.end();
    },
  };
  const troubles: string[] = [];
  const { board, clock } = openBoard(flaky, (message) => {
    troubles.push(message);
    queueMicrotask(() => clock.advance(1_000));
  });
  await board.ready;

  expect(board.live()).toHaveLength(1);
  expect(troubles).toHaveLength(2);
  expect(troubles[0]).toContain('no server');
});

test('is live once it has caught up, and not while the journal does not answer', async () => {
  const journal = createMemoryJournal();
  let isSilent = false;
  const silent: Journal = { ...journal, end: () => (isSilent ? new Promise(() => {}) : journal.end()) };
  const { board, clock } = openBoard(silent);
  expect(board.isLive()).toBe(false);
  await board.ready;
  await writing(journal, board)(one);
  expect(board.isLive()).toBe(true);

  isSilent = true;
  clock.advance(5_000);
  clock.advance(2_000);
  expect(board.isLive()).toBe(false);
});
