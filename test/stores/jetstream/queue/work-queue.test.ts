// The worker protocol over a real server.
import { afterAll, beforeAll, describe } from 'vitest';
import { workQueueContract } from '../../../contract/work-queue-contract.ts';
import { workReportsContract } from '../../../contract/work-reports-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { openWork } from '../open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const open = (workAliveMs = 10_000) => openWork({ url: server.url, workAliveMs });

describe('items', () => workQueueContract(open));
describe('reports', () => workReportsContract(() => open()));
