// What landed lately is kept up to a bound, of which memory is the point. Method: `gc` is asked whether what was
// forgotten is gone.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createRecent } from '../../../src/engine/board/board.ts';
import type { Landed } from '../../../src/ports/runs/board.ts';

const mebibyte = 1024 * 1024;

test('lets go of large records that it does not tell of any more', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const recent = createRecent(0);
  const added = Array.from({ length: 1_000 }, (_, index) => {
    const landed = { position: index + 1 } as Landed;
    recent.add(landed, mebibyte);
    return new WeakRef(landed);
  });
  // A reference lives on until the present turn is over.
  await new Promise((resolve) => setImmediate(resolve));
  collect();

  expect(recent.since(0)).toBeUndefined();
  expect(recent.since(992)?.map(({ position }) => position)).toEqual(
    Array.from({ length: 8 }, (_, index) => 993 + index),
  );
  expect(added.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(24);
});

test('keeps the last 4,000 of small ones, in order', () => {
  const recent = createRecent(0);
  for (let position = 1; position <= 45_000; position++) recent.add({ position } as Landed, 1);

  expect(recent.since(40_999)).toBeUndefined();
  const kept = recent.since(41_000) ?? [];
  expect([kept.length, kept[0]?.position, kept.at(-1)?.position]).toEqual([4_000, 41_001, 45_000]);
});
