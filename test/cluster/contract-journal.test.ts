// What the journal promises on one server, it promises on three with as many replicas.
import { afterAll, beforeAll } from 'vitest';
import { journalContract } from '../contract/journal-contract.ts';
import { openJournal } from '../stores/jetstream/open-ports.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());

journalContract(() => openJournal({ url: cluster.url, replicas: 3 }));
