// XState's own machine of a definition goes where the engine goes. Method: see oracle.ts.
import { expect, test } from 'vitest';
import { compareMany } from './oracle.ts';
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
