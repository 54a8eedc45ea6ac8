import { expect, test } from 'vitest';
import { newRunId } from '../../../src/compose/session/open-session.ts';

test('ids of runs sort by when they were made, and no two are alike', () => {
  const ids = Array.from({ length: 5_000 }, newRunId);

  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  expect(ids.filter((id) => !/^[0-9a-hjkmnp-tv-z]{26}$/.test(id))).toEqual([]);
});

test('what an id has besides its time is up to chance', () => {
  const chance = new Set(newRunId().slice(10));

  // 16 letters of 32: four different ones or fewer come once in billions of times.
  expect(chance.size).toBeGreaterThan(4);
});
