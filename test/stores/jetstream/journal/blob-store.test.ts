// Blobs in an object store of a real server. Besides the contract: what other clients see, what a half written blob and
// lost answers lead to, and that nobody can take a blob away.
import { jetstreamManager } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { blobOf, blobStoreContract } from '../../../contract/blob-store-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { startTcpProxy } from '../../../support/tcp-proxy.ts';
import { freshNamespace, publish } from '../open-jetstream.ts';
import { openBlobStore } from '../open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

blobStoreContract(() => openBlobStore({ url: server.url }));

const large = 'aä€😀'.repeat(60_000);

test('every client of an object store can read a blob', async () => {
  const { namespace, blobs, close } = await opened();
  onTestFinished(close);
  const blob = blobOf(large);
  await blobs.put(blob);

  const connection = await connect({ servers: server.url });
  onTestFinished(() => connection.close());
  const bucket = await new Objm(connection).open(bucketOf(namespace));
  const bytes = await bucket.getBlob(blob.digest);
  expect(Buffer.from(bytes ?? []).toString() === large).toBe(true);
});

test('nothing can be taken out of the bucket', async () => {
  const { namespace, blobs, close } = await opened();
  onTestFinished(close);
  const blob = blobOf('kept');
  await blobs.put(blob);

  const connection = await connect({ servers: server.url });
  onTestFinished(() => connection.close());
  const { streams } = await jetstreamManager(connection);
  await expect(streams.purge(`OBJ_${bucketOf(namespace)}`)).rejects.toThrow(/purge not permitted/);
  await expect(streams.deleteMessage(`OBJ_${bucketOf(namespace)}`, 1)).rejects.toThrow(
    /delete not permitted/,
  );
  expect(await blobs.get(blob.digest)).toBe('kept');
});

test('a blob that was left half written is not there, and is gone on with', async () => {
  const { namespace, blobs, close } = await opened();
  onTestFinished(close);
  const blob = blobOf('z'.repeat(300 * 1024));
  expect(await blobs.get(blob.digest)).toBeUndefined();
  await plantChunk(namespace, blob.digest, blob.text.slice(0, 128 * 1024));
  expect(await blobs.get(blob.digest)).toBeUndefined();

  await blobs.put(blob);
  expect((await blobs.get(blob.digest)) === blob.text).toBe(true);
  expect(await messagesIn(namespace)).toBe(4);
});

test('a foreign chunk in the place of an own one is told, not built upon', async () => {
  const { namespace, blobs, close } = await opened();
  onTestFinished(close);
  const blob = blobOf('content');
  expect(await blobs.get(blob.digest)).toBeUndefined();
  await plantChunk(namespace, blob.digest, 'foreign');

  await expect(blobs.put(blob)).rejects.toMatchObject({ code: 'blob.damaged' });
});

// The first of these bytes ask whether the blob is there; the last chunk ends, and the description begins, at 205,400.
test.each([100, 1_000, 100_000, 131_500, 133_000, 205_200, 205_300, 205_400, 205_500, 205_600, 205_800])(
  'a blob is stored once when the connection breaks after %i bytes',
  async (bytes) => {
    const proxy = await startTcpProxy(server.url);
    const { namespace, blobs, close } = await opened(proxy.url);
    onTestFinished(async () => {
      await close();
      await proxy.close();
    });
    expect(await blobs.get('f'.repeat(64))).toBeUndefined();

    const blob = blobOf('w'.repeat(200 * 1024));
    const broken = proxy.cutAfter(bytes);
    await blobs.put(blob);
    const written = await messagesIn(namespace);
    // Where the break would come after the put, this breaks the connection.
    for (let reads = 0; reads < 9; reads++) expect((await blobs.get(blob.digest)) === blob.text).toBe(true);
    await broken;

    expect([written, await messagesIn(namespace)]).toEqual([3, 3]);
  },
);

test('a blob survives a crash of the server', async () => {
  const { namespace, blobs, close } = await opened();
  const blob = blobOf('still here');
  await blobs.put(blob);
  await server.kill9();
  await server.restart();

  expect(await blobs.get(blob.digest)).toBe('still here');
  await close();
  const again = await connectJetStream({ url: server.url, namespace });
  onTestFinished(() => again.close());
  expect(await again.blobs.get(blob.digest)).toBe('still here');
});

async function opened(url = server.url) {
  const namespace = freshNamespace();
  const handle = await connectJetStream({ url, namespace });

  return { namespace, blobs: handle.blobs, close: () => handle.close() };
}

function bucketOf(namespace: string): string {
  return namesOf(namespace).blobsBucket;
}

async function plantChunk(namespace: string, digest: string, body: string): Promise<void> {
  await publish(server.url, { subject: `$O.${bucketOf(namespace)}.C.${digest}`, body });
}

async function messagesIn(namespace: string): Promise<number> {
  const connection = await connect({ servers: server.url });
  const { streams } = await jetstreamManager(connection);
  const { state } = await streams.info(`OBJ_${bucketOf(namespace)}`);
  await connection.close();

  return state.messages;
}
