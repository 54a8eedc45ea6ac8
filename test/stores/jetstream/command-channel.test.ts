// Commands as requests over a real server.
import { afterAll, beforeAll } from 'vitest';
import { commandChannelContract } from '../../contract/command-channel-contract.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { openCommandChannel } from './open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

commandChannelContract(() => openCommandChannel({ url: server.url }));
