// The cluster that the other tests here rely on: it can be killed, paused and brought back server by server.
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());

test('another server leads after the leader was killed, and the cluster is whole when it is back', async () => {
  const connection = await connect({ servers: [...cluster.urls] });
  const config = { name: 'LED', subjects: ['led'], num_replicas: 3 };
  await connection.request('$JS.API.STREAM.CREATE.LED', JSON.stringify(config), { timeout: 5_000 });
  await connection.close();
  const before = await cluster.leaderOf('LED');
  await cluster.servers[before]?.kill9();
  await expect.poll(() => cluster.leaderOf('LED'), { timeout: 20_000 }).not.toBe(before);
  await cluster.servers[before]?.restart();
  await cluster.whole();
});

test('a follower that stands still for a while catches up', async () => {
  const follower = cluster.servers[((await cluster.leaderOf('LED')) + 1) % 3];
  follower?.pause();
  expect(await cluster.leaderOf('LED')).toBeGreaterThanOrEqual(0);
  follower?.resume();
  await cluster.whole();
});
