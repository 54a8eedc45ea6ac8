// Snapshots in a bucket of a real server. Besides the contract: what is not whole is not there, and a store that does
// not answer holds nobody up.
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { snapshotsContract } from '../../../contract/snapshots-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { startTcpProxy } from '../../../support/tcp-proxy.ts';
import { freshNamespace, publish } from '../open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

snapshotsContract(async () => {
  const namespace = freshNamespace();
  const ours = await connectJetStream({ url: server.url, namespace });
  const theirs = await connectJetStream({ url: server.url, namespace });

  return {
    store: ours.snapshotsFor('test'),
    other: theirs.snapshotsFor('test'),
    close: async () => {
      await theirs.close();
      await ours.close();
    },
  };
});

test('a text that was half written when its writer died leaves the one before', async () => {
  const { snapshots, subject } = await opened();
  await snapshots.keep('run-1', 'first');
  await snapshots.keep('run-1', 'second');
  await publish(server.url, { subject: `${subject}.0.0`, body: 'half of the thi' });

  expect(await snapshots.latest('run-1')).toBe('second');
  await snapshots.keep('run-1', 'third');
  expect(await snapshots.latest('run-1')).toBe('third');
});

test.each([
  ['what names it is no JSON', '', 'not ours'],
  ['what names it is something else', '', '{"place":7,"parts":1}'],
  ['what names it names a part that is not there', '', '{"place":0,"parts":3}'],
  ['a part was written by another engine at the same time', '.1.0', 'H4sIAAAAAAAA'],
  ['a part is not even compressed', '.1.0', 'text'],
])('what is not whole is not there, and is written over: %s', async (_, key, body) => {
  const { snapshots, subject } = await opened();
  await snapshots.keep('run-1', 'first');
  await snapshots.keep('run-1', 'second');
  await publish(server.url, { subject: `${subject}${key}`, body });
  expect(await snapshots.latest('run-1')).toBeUndefined();

  await snapshots.keep('run-1', 'third');
  expect(await snapshots.latest('run-1')).toBe('third');
});

test('the next one takes the place of what is not in use, so that they do not pile up', async () => {
  const { namespace, snapshots } = await opened();
  for (const text of ['1', '2', '3', '4', '5', '6']) await snapshots.keep('run-1', text);

  const connection = await connect({ servers: server.url });
  onTestFinished(() => connection.close());
  const stream = `KV_${namesOf(namespace).snapshotsBucket}`;
  const info = await connection.request(`$JS.API.STREAM.INFO.${stream}`, '{}');
  expect(info.json()).toMatchObject({ state: { messages: 3 } });
});

test('a snapshot survives a crash of the server', async () => {
  const { snapshots } = await opened();
  await snapshots.keep('run-1', 'still here');
  await server.kill9();
  await server.restart();

  await expect.poll(() => snapshots.latest('run-1').catch(() => ''), { timeout: 20_000 }).toBe('still here');
});

test('a store that cannot be reached is given up soon, and then at once', async () => {
  const proxy = await startTcpProxy(server.url);
  const { snapshots } = await opened(proxy.url);
  await snapshots.keep('run-1', 'text');
  await proxy.close();
  const began = performance.now();
  for (let run = 0; run < 100; run += 1) {
    await expect(snapshots.latest('run-1')).rejects.toMatchObject({ code: 'snapshots.unavailable' });
  }

  expect(performance.now() - began).toBeLessThan(8_000);
});

async function opened(url = server.url) {
  const namespace = freshNamespace();
  const handle = await connectJetStream({ url, namespace });
  onTestFinished(() => handle.close());

  return {
    namespace,
    snapshots: handle.snapshotsFor('test'),
    subject: namesOf(namespace).snapshotSubject('run-1'),
  };
}
