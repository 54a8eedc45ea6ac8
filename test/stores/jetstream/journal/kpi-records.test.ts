// Events of KPIs in the journal of a real server.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { kpiRecordsContract } from '../../../contract/kpi-records-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace } from '../open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

kpiRecordsContract(async () => {
  const options = { url: server.url, namespace: freshNamespace() };
  const [here, there] = [await connectJetStream(options), await connectJetStream(options)];

  return {
    kpis: here.kpis,
    other: there.kpis,
    close: async () => {
      await here.close();
      await there.close();
    },
  };
});

test('what is no name of a KPI never becomes part of a subject', async () => {
  const { kpis, close } = await connectJetStream({ url: server.url, namespace: freshNamespace() });
  expect(() => kpis.append('a.b', '', 0)).toThrow(RangeError);
  await expect(kpis.read('*', 0)).rejects.toThrow(RangeError);
  await close();
});
