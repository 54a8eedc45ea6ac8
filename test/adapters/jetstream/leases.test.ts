// Leases in a KV bucket of a real server, with the shortest time to live that the server knows.
import { afterAll, beforeAll, expect } from 'vitest';
import { connectJetStream, type JetStreamHandle } from '../../../src/adapters/jetstream/connect.ts';
import { leasesContract } from '../../contract/leases-contract.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { freshNamespace } from './open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

leasesContract(async () => {
  const options = { url: server.url, namespace: freshNamespace(), leaseTtlMs: 1_000 };
  const mine = await connectJetStream(options);
  const theirs = await connectJetStream(options);

  return {
    leases: mine.leases,
    other: theirs.leases,
    letExpire: () => expire(theirs),
    close: async () => {
      await mine.close();
      await theirs.close();
    },
  };
});

async function expire({ leases }: JetStreamHandle): Promise<void> {
  await expect.poll(async () => (await leases.holders()).size, { timeout: 10_000, interval: 50 }).toBe(0);
}
