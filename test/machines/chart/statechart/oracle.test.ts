// XState's own machine of a definition goes where the engine goes. Method: see oracle.ts.
import { expect, test } from 'vitest';
import { compareMany } from './oracle.ts';
import { palettes } from './palettes.ts';

test('XState and the engine take the same events and reach the same configurations', {
  timeout: 300_000,
}, () => {
  for (const [seed, { palette, depth, share }] of palettes.entries()) {
    const counts = compareMany({ definitions: Math.ceil(500 * share), seed: seed + 1, palette, depth });
    expect(counts.definitions).toBe(Math.ceil(500 * share));
  }
});
