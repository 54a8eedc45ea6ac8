// Tasks that wait for each other, decide, and end the run. Method: see test/support/property-suite.ts.
import { expect, test } from 'vitest';
import { checkSuite, missingFrom } from '../../support/property-suite.ts';

const palette = [
  'SIMPLE',
  'SIMPLE',
  'SIMPLE',
  'NOOP',
  'EVENT',
  'HTTP',
  'TRANSFORM',
  'SET_VARIABLE',
  'JOIN',
  'DECISION',
  'DECISION',
  'TERMINATE',
];
/** What has to come up, so that a generator that makes nothing is noticed. */
const wanted = [
  'type DECISION',
  'type JOIN',
  'type SET_VARIABLE',
  'type TRANSFORM',
  'type TERMINATE',
  'type NOOP',
  'type EVENT',
  'type HTTP',
  'key join',
  'key when',
  'key fallback',
  'key catch',
  'key compensate',
  'key optional',
  'key retry_policy',
  'key output_to',
  'state retrying',
  'state exhausted',
  'state recovering',
  'state caught',
  'state completed_with_errors',
  'state shaping',
  'state timed_out',
];

test('random runs obey the laws of the core: graphs', { timeout: 600_000 }, () => {
  const counts = checkSuite({ palette, depth: 0, seed: 1, share: 0.4 });

  expect(counts.cases).toBeGreaterThanOrEqual(counts.wanted);
  expect(counts.refused).toBeLessThanOrEqual(counts.definitions / 10);
  expect(missingFrom(counts, wanted)).toEqual([]);
});
