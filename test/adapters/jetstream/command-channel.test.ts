// Commands as requests over a real server.
import { afterAll, beforeAll } from 'vitest';
import { connectJetStream } from '../../../src/adapters/jetstream/connect.ts';
import { commandChannelContract } from '../../contract/command-channel-contract.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { freshNamespace } from './open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

commandChannelContract(async () => {
  const options = { url: server.url, namespace: freshNamespace() };
  const asking = await connectJetStream(options);
  const answering = await connectJetStream(options);

  return {
    asking: asking.commands,
    answering: answering.commands,
    close: async () => {
      await asking.close();
      await answering.close();
    },
  };
});
