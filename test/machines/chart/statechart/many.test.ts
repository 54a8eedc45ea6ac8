// The same as oracle.test.ts, on 10,000 definitions.
import { expect, test } from 'vitest';
import { compareMany } from './oracle.ts';
import { missingFrom, palettes } from './palettes.ts';

/** Each of 500 definitions, made from seeds of its own. */
const rounds = [...Array(20).keys()];

test.each(rounds)(
  'XState and the engine agree on 500 of 10,000 definitions: round %i',
  { timeout: 600_000 },
  (round) => {
    const counts = palettes.map(({ palette, depth, share }, index) =>
      compareMany({ definitions: 500 * share, seed: 101 + 10 * round + index, palette, depth }),
    );

    expect(counts.reduce((sum, { definitions }) => sum + definitions, 0)).toBe(500);
    expect(missingFrom(counts)).toEqual([]);
  },
);
