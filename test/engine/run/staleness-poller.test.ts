import { expect, test } from 'vitest';
import { createStalenessPoller } from '../../../src/engine/run/staleness-poller.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function pass(clock: ManualClock, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    clock.advance(500);
    await settled();
  }
}

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

  await pass(clock, 4);
  expect(looked).toEqual(runs.slice(0, 125));
  expect(most).toBe(4);
  await pass(clock, 9);
  // Those of the first round are due again, and come after those that were never looked at.
  expect(looked).toEqual([...runs, ...runs.slice(0, 50)]);
  poller.stop();
});

test('a run that changes pauses anew, however often it was looked at, and one that is forgotten is left alone', async () => {
  const clock = createManualClock();
  const looked: string[] = [];
  const poller = createStalenessPoller(clock, async (run) => void looked.push(run));
  for (const run of ['one', 'two', 'three']) poller.touch(run);
  await pass(clock, 4);
  expect(looked.splice(0)).toEqual(['one', 'two', 'three']);
  poller.touch('two');
  poller.forget('three');
  // Each pauses twice as long from look to look, and begins anew with a change.
  await pass(clock, 4);
  expect(looked.splice(0)).toEqual(['two']);
  await pass(clock, 4);
  expect(looked).toEqual(['one']);
  poller.stop();
});
