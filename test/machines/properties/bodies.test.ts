// Tasks inside of a FORK or a loop, one level deep. Method: see test/support/property-suite.ts.
import { expect, test } from 'vitest';
import { checkSuite, missingFrom } from '../../support/property-suite.ts';

const palette = [
  'SIMPLE',
  'SIMPLE',
  'NOOP',
  'SET_VARIABLE',
  'TRANSFORM',
  'JOIN',
  'DECISION',
  'SUB_WORKFLOW',
  'TERMINATE',
  'HUMAN',
  'WAIT',
  'FORK',
  'FOR_EACH',
  'DO_WHILE',
];
/** What has to come up, so that a generator that makes nothing is noticed. */
const wanted = [
  'type FORK',
  'type DO_WHILE',
  'key branches',
  'key for_each',
  'key items',
  'key loop_condition',
  'key tolerate_failures',
  'key concurrency',
  'state open',
  'state listing',
  'state looping',
];

test('random runs obey the laws of the core: bodies', { timeout: 600_000 }, () => {
  const counts = checkSuite({ palette, depth: 1, seed: 3, share: 0.2 });

  expect(counts.cases).toBeGreaterThanOrEqual(counts.wanted);
  expect(counts.refused).toBeLessThanOrEqual(counts.definitions / 10);
  expect(missingFrom(counts, wanted)).toEqual([]);
});
