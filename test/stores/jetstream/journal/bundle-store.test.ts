// Bundles as records of the journal on a real server: besides the contract, what becomes of records that are none.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { bundleHash, bundleText } from '../../../../machines/bundle.ts';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { bundleStoreContract, exampleBundle, publication } from '../../../contract/bundle-store-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace, publish } from '../open-jetstream.ts';
import { openBundleStore } from '../open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

bundleStoreContract(() => openBundleStore({ url: server.url }));

test('what stands where a bundle belongs and is none is passed over, and hides none that was published', async () => {
  const namespace = freshNamespace();
  const names = namesOf(namespace);
  const stream = await connectJetStream({ url: server.url, namespace });
  onTestFinished(() => stream.close());
  const bundle = exampleBundle(1);
  const hash = bundleHash(bundle);
  await publish(server.url, { subject: names.bundleSubject(hash), body: bundleText(exampleBundle(2)) });
  await publish(server.url, { subject: names.fileSubject(hash), body: 'another text' });
  await stream.bundles.keep(bundle, new Map());
  await stream.bundles.publish(publication(bundle));
  await publish(server.url, { subject: names.currentBundleSubject, body: 'no JSON' });

  expect(await stream.bundles.find(hash)).toEqual(bundle);
  expect(await stream.bundles.text(hash)).toBeUndefined();
  expect(await stream.bundles.current()).toEqual(publication(bundle));
  expect(await stream.bundles.history()).toEqual([publication(bundle)]);
});

test('bundles are where they were when the journal goes on in another stream', async () => {
  const stream = await connectJetStream({
    ...{ url: server.url, namespace: freshNamespace(), generationAgeMs: 0 },
  });
  onTestFinished(() => stream.close());
  const [bundle, next] = [exampleBundle(1), exampleBundle(2)];
  await stream.bundles.keep(bundle, new Map());
  await stream.bundles.publish(publication(bundle));
  await stream.generations.next({ without: new Map() });
  expect([await stream.bundles.current(), await stream.bundles.find(bundleHash(bundle))]).toEqual([
    ...[publication(bundle), bundle],
  ]);
  await stream.bundles.keep(next, new Map());
  await stream.bundles.publish(publication(next));

  expect(await stream.bundles.history()).toEqual([publication(bundle), publication(next)]);
});
