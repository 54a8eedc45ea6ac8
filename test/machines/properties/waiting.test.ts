// Tasks that wait for a person, a time, a signal or another run. Method: see test/support/property-suite.ts.
import { expect, test } from 'vitest';
import { checkSuite, missingFrom } from '../../support/property-suite.ts';

const palette = [
  'SIMPLE',
  'WAIT',
  'HUMAN',
  'SUB_WORKFLOW',
  'WAIT',
  'HUMAN',
  'SUB_WORKFLOW',
  'DECISION',
  'SET_VARIABLE',
  'JOIN',
];
/** What has to come up, so that a generator that makes nothing is noticed. */
const wanted = [
  'type WAIT',
  'type HUMAN',
  'type SUB_WORKFLOW',
  'state awaiting',
  'state arming',
  'state pending_approval',
  'state delegated',
  'state approved',
  'state rejected',
  'command signal',
  'command approve',
  'command reject',
  'command delegate',
  'command endChild',
  'command fireTimer',
  'command skipTask',
  'command resolveTask',
  'command noteFailureWorkflow',
  'command admitRun',
];

test('random runs obey the laws of the core: waiting', { timeout: 600_000 }, () => {
  const counts = checkSuite({ palette, depth: 0, seed: 2, share: 0.3 });

  expect(counts.cases).toBeGreaterThanOrEqual(counts.wanted);
  expect(counts.refused).toBeLessThanOrEqual(counts.definitions / 10);
  expect(missingFrom(counts, wanted)).toEqual([]);
});
