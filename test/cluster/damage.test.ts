// Another replica of the journal leads it when that is asked for: what one server has lost, another may have.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
}, 120_000);
afterAll(() => cluster?.stop());

test('another server leads the journal after a step-down, the journal can be read, and the first can lead again', async () => {
  const stream = await connectJetStream({ url: cluster.url, namespace: 'down', replicas: 3 });
  const before = await cluster.leaderOf('WF_DOWN_JOURNAL');
  const change = await stream.changeLeader();
  const after = await cluster.leaderOf('WF_DOWN_JOURNAL');

  expect(after).not.toBe(before);
  expect(await stream.journal.last('run-1')).toBeUndefined();
  expect(await stream.changeLeader(change?.from)).toEqual({ from: change?.to, to: change?.from });
  expect(await cluster.leaderOf('WF_DOWN_JOURNAL')).toBe(before);
  await stream.close();
}, 60_000);

test('a journal on one server has nobody else to lead it', async () => {
  const stream = await connectJetStream({ url: cluster.url, namespace: 'alone' });

  expect(await stream.changeLeader()).toBeUndefined();
  await stream.close();
}, 60_000);
