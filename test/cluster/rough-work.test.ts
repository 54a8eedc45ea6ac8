// What the queue of work promises on a good network, it promises on one that loses answers and delivers requests late.
import { describe } from 'vitest';
import { workQueueContract } from '../contract/work-queue-contract.ts';
import { workReportsContract } from '../contract/work-reports-contract.ts';
import { openWork } from '../stores/jetstream/open-ports.ts';
import { onRoughNetwork } from './rough-network.ts';

onRoughNetwork((place) => {
  const open = (workAliveMs = 10_000) => openWork({ ...place(), workAliveMs });
  describe('items', () => workQueueContract(open, { losesAnswers: true }));
  describe('reports', () => workReportsContract(() => open()));
});
