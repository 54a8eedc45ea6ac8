// Leases in a KV bucket of a real server, with the shortest time to live that the server knows.
import { afterAll, beforeAll } from 'vitest';
import { leasesContract } from '../../../contract/leases-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { openLeases } from '../open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

leasesContract(() => openLeases({ url: server.url }));
