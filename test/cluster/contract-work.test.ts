// What the queue of work promises on one server, it promises on three with as many replicas.
import { afterAll, beforeAll, describe } from 'vitest';
import { workQueueContract } from '../contract/work-queue-contract.ts';
import { workReportsContract } from '../contract/work-reports-contract.ts';
import { openWork } from '../stores/jetstream/open-ports.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());

const open = (workAliveMs = 10_000) => openWork({ url: cluster.url, replicas: 3, workAliveMs });

describe('items', () => workQueueContract(open));
describe('reports', () => workReportsContract(() => open()));
