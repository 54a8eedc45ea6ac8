// What people said of which failures, kept in memory and in a bucket of a real server.
import { afterAll, beforeAll, describe } from 'vitest';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { failureTriageContract } from '../../contract/failure-triage-contract.ts';
import { openMarkStore } from '../../stores/jetstream/open-ports.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';

describe('in memory', () =>
  failureTriageContract(async () => {
    const marks = createMemoryMarkStore();

    return { marks, other: marks, close: () => Promise.resolve() };
  }));

describe('on a server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  failureTriageContract(() => openMarkStore({ url: server.url }));
});
