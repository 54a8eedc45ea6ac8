// What the other runs say about one is kept as events land. Method: a board over a journal in memory that counts how
// often all of its runs are gone through.
import { afterEach, expect, test } from 'vitest';
import { runLinesOf } from '../../../src/operations/runs/run-lines.ts';
import type { Landed } from '../../../src/ports/runs/board.ts';
import { type LiveWorld, openLiveWorld, seen } from '../../http/live-world.ts';

const worlds: LiveWorld[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map(({ board }) => board.close()));
});

test('tells each event as it lands without going through all runs, and short ids that no other run has', async () => {
  const world = openLiveWorld();
  worlds.push(world);
  const { board, write } = world;
  await board.ready;
  await seen(board, await write('run-before-and-before'));
  let looks = 0;
  const counting = {
    ...board,
    each: (...asked: Parameters<typeof board.each>) => {
      looks += 1;
      return board.each(...asked);
    },
  };
  const { lineOf, shortId } = runLinesOf(counting);
  const told: string[] = [];
  board.onLanded(({ line }: Landed) => told.push(lineOf(line).shortId));
  expect(shortId('run-before-and-before')).toBe('run-before-an');
  const before = looks;
  for (const run of ['run-of-two-and-a', 'run-of-two-and-b', 'run-before-another']) await write(run);
  await seen(board, 4);

  expect(told).toEqual(['run-of-two-an', 'run-of-two-and-b', 'run-before-ano']);
  expect(shortId('run-before-and-before')).toBe('run-before-and');
  expect(looks).toBe(before);
});
