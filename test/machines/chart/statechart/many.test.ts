// The same as oracle.test.ts, on 10,000 definitions.
import { expect, test } from 'vitest';
import { compareMany } from './oracle.ts';
import { missingFrom, palettes } from './palettes.ts';

test('XState and the engine agree on 10,000 random definitions', { timeout: 3_600_000 }, () => {
  const counts = palettes.map(({ palette, depth, share }, seed) =>
    compareMany({ definitions: 10_000 * share, seed: seed + 101, palette, depth }),
  );

  expect(counts.reduce((sum, { definitions }) => sum + definitions, 0)).toBe(10_000);
  expect(missingFrom(counts)).toEqual([]);
});
