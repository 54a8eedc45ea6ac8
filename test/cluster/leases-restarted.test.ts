// Leases after most servers of a cluster were started anew. Method: three real servers; two are killed one after the
// other, and only one of them comes back: two of three are a majority again, so that a lease can be claimed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';

let cluster: TestCluster;
let stream: JetStreamHandle;
const holder = { node: 'one', host: 'here', pid: 1 };

beforeAll(async () => {
  cluster = await startTestCluster();
  stream = await connectJetStream({ url: cluster.url, namespace: 'restarted', replicas: 3 });
});
afterAll(async () => {
  await stream.close();
  await cluster.stop();
});

test('two servers died one after the other and one is back: leases are claimed again', async () => {
  expect(await stream.leases.claim('a', holder)).toBeDefined();
  const first = await cluster.leaderOf('KV_WF_RESTARTED_LEASES');
  const second = (first + 1) % 3;
  // A copy in memory that was lost once has to be lost by a second server as well.
  for (const index of [first, second]) {
    await cluster.servers[index]?.kill9();
    await cluster.servers[index]?.restart();
    await cluster.whole();
  }
  await cluster.servers[first]?.kill9();
  await cluster.servers[second]?.kill9();
  await cluster.servers[second]?.restart();

  const claimed = async () => (await stream.leases.claim('b', holder).catch(() => undefined)) !== undefined;
  await expect.poll(claimed, { timeout: 60_000, interval: 500 }).toBe(true);
}, 180_000);
