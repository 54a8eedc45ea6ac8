// What is asked for by WORKFLOW_REPLICAS reaches every stream that we make, also those that are made late, and a stream
// that has fewer is given more. Method: three real servers, and every part of a connection used once.
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256Hex } from '../../machines/hash.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import {
  connectJetStream,
  type JetStreamHandle,
  type JetStreamOptions,
} from '../../src/stores/jetstream/connect.ts';
import { freshNamespace } from '../stores/jetstream/open-jetstream.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';
import { startTestServer } from '../support/nats.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.stop());

test('every stream has the replicas that were asked for, also one that is made when it is needed first', async () => {
  const namespace = freshNamespace();
  await useAll({ namespace, replicas: 3 });

  const replicas = await replicasIn(namespace);
  expect(Object.keys(replicas).length).toBeGreaterThanOrEqual(6);
  expect(new Set(Object.values(replicas))).toEqual(new Set([3]));
});

test('streams that have fewer are given more, which is said, and what asks for fewer later changes nothing', async () => {
  const namespace = freshNamespace();
  await useAll({ namespace });
  expect(new Set(Object.values(await replicasIn(namespace)))).toEqual(new Set([1]));

  const said = await useAll({ namespace, replicas: 3 });
  const raised = await replicasIn(namespace);
  expect(new Set(Object.values(raised))).toEqual(new Set([3]));
  for (const stream of Object.keys(raised))
    expect(said).toContain(`stream ${stream} is given 3 replicas; it had 1`);

  expect(await useAll({ namespace, replicas: 1 })).toEqual([]);
  expect(await replicasIn(namespace)).toEqual(raised);
});

test('streams are given more also while one server is down, and can be used at once', async () => {
  const namespace = freshNamespace();
  await useAll({ namespace });
  const journal = `WF_${namespace.toUpperCase()}_JOURNAL`;
  // Any but the one that holds the only copy.
  const down = cluster.servers[((await cluster.leaderOf(journal)) + 1) % 3];
  await down?.kill9();

  const said = await useAll({ namespace, replicas: 3 });
  expect(said).toContain(`stream ${journal} is given 3 replicas; it had 1`);
  await down?.restart();
  await cluster.whole();
}, 60_000);

test('streams that cannot be given more are used as they are, which is said; none is made with fewer', async () => {
  const namespace = freshNamespace();
  const options = { url: cluster.url, namespace };
  await saidOnConnect({ ...options, replicas: 3 });

  expect(await saidOnConnect({ ...options, replicas: 5 })).toContainEqual(
    expect.stringMatching(/^stream WF_.*_JOURNAL has 3 of 5 replicas, and cannot be given more now: /),
  );
  await expect(
    connectJetStream({ ...options, namespace: freshNamespace(), replicas: 5 }),
  ).rejects.toMatchObject({ code: 'nats.too-few-servers' });
}, 60_000);

test('one server of several that are named is enough to connect', async () => {
  const handle = await connectJetStream({
    url: `nats://127.0.0.1:1,${cluster.url}`,
    namespace: freshNamespace(),
  });

  expect(handle.isConnected()).toBe(true);
  await handle.close();
});

test('a server that is alone refuses three replicas at once, naming the setting', async () => {
  const alone = await startTestServer();

  await expect(
    connectJetStream({ url: alone.url, namespace: freshNamespace(), replicas: 3 }),
  ).rejects.toMatchObject({
    code: 'nats.too-few-servers',
    // All streams are opened at once: any of them may be the first that is refused.
    message: expect.stringMatching(/stream \S+ cannot have 3 replicas: .*WORKFLOW_REPLICAS=1/),
  });
  await alone.stop();
});

async function useAll(options: Omit<JetStreamOptions, 'url'>): Promise<readonly string[]> {
  const said: string[] = [];
  const onProgress = (message: string) => void said.push(message);
  const handle = await connectJetStream({ ...options, url: cluster.url, onProgress });
  await useEveryPart(handle);
  await handle.close();

  return said;
}

async function useEveryPart(handle: JetStreamHandle): Promise<void> {
  const run = newRunId();
  const asIs = (text: string) => Promise.resolve(text);
  await handle.blobs.put({ digest: sha256Hex('text'), text: 'text' });
  await handle.slots.acquire('key', run, 1);
  await handle.runSecrets({ seal: asIs, open: asIs }).keep(run, { key: 'value' });
  await handle.events.publish({
    specversion: '1.0',
    id: run,
    source: '/test',
    type: 'tested',
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    data: {},
  });
}

async function saidOnConnect(options: JetStreamOptions): Promise<readonly string[]> {
  const said: string[] = [];
  const handle = await connectJetStream({ ...options, onProgress: (message) => void said.push(message) });
  await handle.close();

  return said;
}

/** The replicas of every stream of the namespace, by its name. */
async function replicasIn(namespace: string): Promise<Readonly<Record<string, number>>> {
  const connection = await connect({ servers: [...cluster.urls] });
  const message = await connection.request('$JS.API.STREAM.LIST', '{}', { timeout: 5_000 });
  await connection.close();
  const { streams } = message.json<{
    streams: readonly { config: { name: string; num_replicas: number } }[];
  }>();
  const mine = streams.filter(({ config }) => config.name.includes(`WF_${namespace.toUpperCase()}_`));

  return Object.fromEntries(mine.map(({ config }) => [config.name, config.num_replicas]));
}
