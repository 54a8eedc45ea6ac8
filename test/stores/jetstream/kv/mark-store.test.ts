// Marks in a bucket of a real server.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { markStoreContract } from '../../../contract/mark-store-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { startTcpProxy } from '../../../support/tcp-proxy.ts';
import { freshNamespace, publish } from '../open-jetstream.ts';
import { openMarkStore } from '../open-ports.ts';
import { connectRaw } from '../raw-client.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

markStoreContract(() => openMarkStore({ url: server.url }));

test('a write whose answer was lost was first all the same', async () => {
  const proxy = await startTcpProxy(server.url);
  const { triggerMarks, close } = await connectJetStream({ url: proxy.url, namespace: freshNamespace() });
  const first = (await triggerMarks.write('relay', 1, 0)) ?? 0;
  const swallowed = proxy.swallowAnswer();
  const written = triggerMarks.write('relay', 2, first);
  await swallowed;

  expect(await written).toBe((await triggerMarks.read('relay'))?.revision);
  await close();
  await proxy.close();
});

test('a mark that somebody deleted or spoilt by hand can be written again', async () => {
  const namespace = freshNamespace();
  const subject = `$KV.${namesOf(namespace).triggersBucket}.relay`;
  const { triggerMarks, close } = await connectJetStream({ url: server.url, namespace });
  await triggerMarks.write('relay', 1, 0);
  const raw = await connectRaw(server.url);
  await raw.publish(subject, { header: { 'KV-Operation': 'DEL' } });
  expect(await triggerMarks.read('relay')).toBeUndefined();
  expect((await triggerMarks.all('relay')).size).toBe(0);
  expect(await triggerMarks.write('relay', 2, 0)).toBeDefined();

  const revision = await publish(server.url, { subject, body: 'no JSON' });
  expect(await triggerMarks.read('relay')).toEqual({ value: 'no JSON', revision });
  expect(await triggerMarks.write('relay', 3, revision)).toBeDefined();
  await raw.close();
  await close();
});
