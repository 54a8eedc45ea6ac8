// Tasks inside of each other, three levels deep. Method: see test/support/property-suite.ts.
import { expect, test } from 'vitest';
import { checkSuite, missingFrom } from '../../support/property-suite.ts';

const palette = [
  'SIMPLE',
  'SIMPLE',
  'NOOP',
  'SET_VARIABLE',
  'DECISION',
  'WAIT',
  'SUB_WORKFLOW',
  'HTTP',
  'FORK',
  'FOR_EACH',
  'DO_WHILE',
];
/** What has to come up, so that a generator that makes nothing is noticed. */
const wanted = [
  'type FORK',
  'type DO_WHILE',
  'depth 2',
  'depth 3',
  'state open',
  'state looping',
  'command rerun',
  'command retryRun',
  'command cancelRun',
  'command terminateRun',
  'command pauseRun',
  'command resumeRun',
  'command dropDeadLetter',
];

test('random runs obey the laws of the core: nests', { timeout: 600_000 }, () => {
  const counts = checkSuite({ palette, depth: 3, seed: 4, share: 0.1 });

  expect(counts.cases).toBeGreaterThanOrEqual(counts.wanted);
  expect(counts.refused).toBeLessThanOrEqual(counts.definitions / 10);
  expect(missingFrom(counts, wanted)).toEqual([]);
});
