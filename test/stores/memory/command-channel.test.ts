// Commands in memory. The clock of this test runs with real time, because the contract waits for real.

import type { Clock } from '../../../src/ports/clock.ts';
import { createMemoryCommandChannel } from '../../../src/stores/memory/command-channel.ts';
import { commandChannelContract } from '../../contract/command-channel-contract.ts';

const clock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);

    return () => clearTimeout(timer);
  },
};

commandChannelContract(async () => {
  const channel = createMemoryCommandChannel(clock);

  return { asking: channel, answering: channel, close: async () => undefined };
});
