// Definitions in a KV bucket of a real server.
import { afterAll, beforeAll } from 'vitest';
import { connectJetStream } from '../../../src/adapters/jetstream/connect.ts';
import { definitionStoreContract } from '../../contract/definition-store-contract.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { freshNamespace } from './open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

definitionStoreContract(async () => {
  const handle = await connectJetStream({ url: server.url, namespace: freshNamespace() });

  return { store: handle.definitions, close: () => handle.close() };
});
