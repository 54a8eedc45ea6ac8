// The same as oracle.test.ts, on 10,000 definitions.
import { expect, test } from 'vitest';
import { type Counts, compareMany } from './oracle.ts';
import { missingFrom, palettes } from './palettes.ts';

/** Each of 500 definitions, made from seeds of its own. */
const rounds = [...Array(20).keys()];
const all: Counts[] = [];

test.each(rounds)(
  'XState and the engine agree on 500 of 10,000 definitions: round %i',
  { timeout: 600_000 },
  (round) => {
    const counts = palettes.map(({ palette, depth, share }, index) =>
      compareMany({ definitions: 500 * share, seed: 101 + 10 * round + index, palette, depth }),
    );
    all.push(...counts);

    expect(counts.reduce((sum, { definitions }) => sum + definitions, 0)).toBe(500);
  },
);

test('every kind of event and every phase came up among the 10,000', () => {
  expect(missingFrom(all)).toEqual([]);
});
