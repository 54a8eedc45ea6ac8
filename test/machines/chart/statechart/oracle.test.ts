// XState's own machine of a definition goes where the engine goes. Method: see oracle.ts.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { bugs } from './bugs.ts';
import { compareMany, expectSame } from './oracle.ts';
import { missingFrom, palettes } from './palettes.ts';

test('XState and the engine take the same events and reach the same configurations', {
  timeout: 300_000,
}, () => {
  const counts = palettes.map(({ palette, depth, share }, seed) =>
    compareMany({ definitions: 500 * share, seed: seed + 1, palette, depth }),
  );

  expect(counts.map(({ definitions }) => definitions)).toEqual(palettes.map(({ share }) => 500 * share));
  expect(missingFrom(counts)).toEqual([]);
});

test.each(bugs)(
  "the change '$what' fits the code in exactly one place: the long test can make it",
  async (bug) => {
    const text = await readFile(bug.file, 'utf8');

    expect(text.split(bug.find)).toHaveLength(2);
  },
);

// Found by the oracle: plain raised events would let every region look at the same moment, and `waits` be cancelled.
test('regions hear of a settled task one after the other, and see what the one before made of it', () => {
  const noop = (id: string, more: object = {}) => ({ id, uses: 'noop', ...more });
  const tasks = [
    noop('skipped'),
    noop('fails', { fallback: 'stands_in' }),
    noop('stands_in', { depends_on: ['skipped'] }),
    noop('waits', { depends_on: ['stands_in', 'fails'] }),
  ];

  expectSame({ id: 'random', version: 1, tasks }, [
    ['skip', 0],
    ['fail', 0],
  ]);
});

// Found by the oracle: the run waits for what undoes a branch, also where that ends after all the work.
test('a run is done when a branch that lost is undone after all else', () => {
  const noop = (id: string, more: object = {}) => ({ id, uses: 'noop', ...more });
  const inner = {
    id: 'inner',
    type: 'FORK',
    branches: [[{ id: 'done', type: 'NOOP', compensate: 'undo' }, noop('last'), noop('undo')]],
  };
  const tasks = [
    { id: 'race', type: 'FORK', branches: [[noop('quick')], [inner, noop('slow')]] },
    { id: 'first', type: 'NOOP', depends_on: ['quick', 'slow'], join: 'any', cancel_rest: true },
  ];

  expectSame({ id: 'random', version: 1, tasks }, []);
});
