// The journal on a real nats-server with the repository's nats.conf.
import { afterAll, beforeAll } from 'vitest';
import { journalContract } from '../../../contract/journal-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { openJournal } from '../open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

journalContract(() => openJournal({ url: server.url }));
