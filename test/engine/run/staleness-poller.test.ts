import { expect, test } from 'vitest';
import { createStalenessPoller } from '../../../src/engine/run/staleness-poller.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a crowd of quiet runs is looked at in rounds, the longest due first, and every one gets its turn', async () => {
  const clock = createManualClock();
  const looked: string[] = [];
  let now = 0;
  let most = 0;
  const poller = createStalenessPoller(clock, async (run) => {
    looked.push(run);
    now += 1;
    most = Math.max(most, now);
    await Promise.resolve();
    now -= 1;
  });
  const runs = Array.from({ length: 1_200 }, (_, index) => `run-${index}`);
  for (const run of runs) poller.touch(run);

  clock.advance(2_000);
  await settled();
  expect(looked).toEqual(runs.slice(0, 500));
  expect(most).toBe(4);
  clock.advance(2_000);
  await settled();
  // Those of the first round are due again, and come after those that were never looked at.
  expect(looked).toEqual(runs.slice(0, 1_000));
  poller.stop();
});
