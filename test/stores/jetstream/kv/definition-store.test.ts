// Definitions in a KV bucket of a real server.
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCharts } from '../../../../src/engine/run-reader/charts.ts';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { definitionStoreContract } from '../../../contract/definition-store-contract.ts';
import { chartOfText } from '../../../support/chart-of.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { openDefinitionStore } from '../open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

definitionStoreContract(() => openDefinitionStore({ url: server.url }));

test('a definition that is damaged where it is stored is told as such, and can be registered again', async () => {
  const stream = await connectJetStream({ url: server.url, namespace: 'hurt' });
  const store = stream.definitions;
  const text = 'workflow: {id: short, version: 1, tasks: [{id: only, uses: noop}]}';
  const { ref } = chartOfText(text);
  const definition = { ref, text, file: 'short.yaml' };
  await store.register(definition);
  const connection = await connect({ servers: server.url });
  const bucket = await new Kvm(connection).open(namesOf('hurt').definitionsBucket);
  for (const bad of ['no JSON', '{}']) {
    await bucket.put(`hash.${ref.hash}`, bad);

    await expect(store.byHash(ref.hash)).rejects.toMatchObject({ code: 'definition.unreadable' });
    await expect(createCharts(store).byHash(ref.hash)).rejects.toMatchObject({ code: 'definition.missing' });
    await store.register(definition);
    expect(await store.byHash(ref.hash)).toEqual(definition);
  }
  await connection.close();
  await stream.close();
});
