// The worker protocol in memory. The clock of this test runs with real time, because the contract waits for real.
import { describe } from 'vitest';
import type { Clock } from '../../../src/ports/clock.ts';
import { createMemoryWork } from '../../../src/stores/memory/work-queue.ts';
import type { OpenWork } from '../../contract/open-work.ts';
import { workQueueContract } from '../../contract/work-queue-contract.ts';
import { workReportsContract } from '../../contract/work-reports-contract.ts';

const clock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);

    return () => clearTimeout(timer);
  },
};

async function openWork(aliveMs?: number): Promise<OpenWork> {
  const { queue, presence, link } = createMemoryWork(clock, aliveMs === undefined ? {} : { aliveMs });

  return {
    queue,
    other: queue,
    presence,
    link: async () => link(),
    aliveMs: link().aliveMs,
    close: async () => undefined,
  };
}

describe('items', () => workQueueContract(openWork));
describe('reports', () => workReportsContract(() => openWork()));
