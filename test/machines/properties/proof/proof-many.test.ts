// The same as proof.test.ts, on 2,000 definitions.
import { expect, test } from 'vitest';
import { prove } from './prove.ts';

/** Each of 200 definitions, made from seeds of its own. */
const rounds = [...Array(10).keys()];

test.each(rounds)(
  'what is proven of 200 of 2,000 random definitions holds: round %i',
  { timeout: 600_000 },
  (round) => {
    const { broken, clean, definitions, ...others } = prove({ first: 1_001 + 200 * round, count: 200 });
    process.stdout.write(`${JSON.stringify({ definitions, clean, ...others })}\n`);

    expect(broken).toEqual([]);
    expect(clean / definitions).toBeGreaterThan(0.3);
  },
);
