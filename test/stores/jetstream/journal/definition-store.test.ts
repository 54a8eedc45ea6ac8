// Definitions as records of the journal on a real server: besides the contract, what becomes of records that are none,
// what others that read the journal see of them, and how those of 0.1.0 get there, which kept them in a bucket.
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { createCharts } from '../../../../src/engine/run-reader/charts.ts';
import { createLocalDefinitions } from '../../../../src/engine/triggers/local-definitions.ts';
import type { StoredDefinition } from '../../../../src/ports/definitions/definition-store.ts';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { journalSettings } from '../../../../src/stores/jetstream/connection/streams.ts';
import { definitionStoreContract } from '../../../contract/definition-store-contract.ts';
import { chartOfText } from '../../../support/chart-of.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace, publish } from '../open-jetstream.ts';
import { openDefinitionStore } from '../open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

definitionStoreContract(() => openDefinitionStore({ url: server.url }));

async function opened(namespace = freshNamespace()) {
  const stream = await connectJetStream({ url: server.url, namespace });
  const connection = await connect({ servers: server.url });
  onTestFinished(() => stream.close());
  onTestFinished(() => connection.close());
  const { streams } = await jetstreamManager(connection);
  const names = namesOf(namespace);
  const written = async (): Promise<number> => (await streams.info(names.journalStream)).state.last_seq;

  return { namespace, names, stream, store: stream.definitions, connection, streams, written };
}

function version(number: number): StoredDefinition {
  const text = `workflow: {id: short, version: ${number}, tasks: [{id: only, uses: noop}]}`;

  return { ref: chartOfText(text).ref, text, file: 'short.yaml' };
}

const published = { by: 'ana', at: '2026-01-31T09:00:00.000Z', reason: 'new prices' };

test('what stands where a definition belongs and is none is told as such, and the definition stored behind it', async () => {
  const { names, store } = await opened();
  const definition = version(1);
  const { hash } = definition.ref;
  const texts = { subject: names.textSubject(hash) };
  for (const body of ['no line', '{}\n', `${JSON.stringify(version(2))}\n`])
    await publish(server.url, { ...texts, body });
  await publish(server.url, { subject: names.versionSubject('short', 1), body: '{}' });

  await expect(store.byHash(hash)).rejects.toMatchObject({ code: 'definition.unreadable' });
  await expect(createCharts(store).byHash(hash)).rejects.toMatchObject({ code: 'definition.missing' });
  expect(await store.byId('short')).toBeUndefined();
  await store.register(definition);
  expect(await store.byHash(hash)).toEqual(definition);
  expect(await store.list()).toEqual([definition]);
});

test('what is registered stays as it is, whatever is written behind it', async () => {
  const { namespace, names, store } = await opened();
  const [one, two] = [version(1), version(2)];
  for (const each of [one, two]) await store.register(each);
  const forged = JSON.stringify({ ref: { ...two.ref, version: 1 }, file: 'short.yaml', published });
  for (const body of ['', forged])
    await publish(server.url, { subject: names.versionSubject('short', 1), body });
  await publish(server.url, {
    subject: names.textSubject(one.ref.hash),
    body: `${JSON.stringify(one)}\nother`,
  });
  const { store: other } = await opened(namespace);

  expect(await other.byId('short', 1)).toEqual(one);
  expect(await other.byHash(one.ref.hash)).toEqual(one);
  await expect(
    other.register({ ...version(3), ref: { ...version(3).ref, version: 1 } }),
  ).rejects.toMatchObject({
    code: 'definition.taken',
  });
});

test('what somebody put under a higher number hides no version', async () => {
  const { names, store } = await opened();
  for (const number of [3, 1, 4, 2]) await store.register(version(number));
  for (const number of ['5', '1.3', '1x'])
    await publish(server.url, {
      subject: `wf.${names.namespace}.definition.version.short.${number}`,
      body: '{}',
    });

  expect(await store.byId('short')).toEqual(version(4));
  expect(await store.list()).toHaveLength(4);
});

test('the record of a version says which text it is, who published it, when and why', async () => {
  const { names, store, streams } = await opened();
  await store.register({ ...version(1), published });
  const message = await streams.getMessage(names.journalStream, {
    last_by_subj: names.versionSubject('short', 1),
  });

  expect(message?.json()).toEqual({ ref: version(1).ref, file: 'short.yaml', published });
});

test('a version that is registered a second time is written once', async () => {
  const { store, written } = await opened();
  await store.register(version(1));
  const before = await written();
  await store.register({ ...version(1), published });

  expect(await written()).toBe(before);
  expect(await store.byId('short')).toEqual(version(1));
});

test('engines that register the same version at the same time write it once', async () => {
  const { namespace, store, written } = await opened();
  const stores = [store, (await opened(namespace)).store, (await opened(namespace)).store];
  for (const number of [1, 2, 3]) await Promise.all(stores.map((each) => each.register(version(number))));

  // A text and a version each.
  expect(await written()).toBe(6);
});

test('who follows the runs hears nothing of definitions', async () => {
  const { namespace, stream, store } = await opened();
  const leaving = new AbortController();
  const heard: string[] = [];
  const watching = (async () => {
    for await (const { run } of stream.journal.watch({ after: 0, signal: leaving.signal })) {
      heard.push(run);
      leaving.abort();
    }
  })();
  await store.register(version(1));
  expect(await stream.journal.end()).toBe(0);
  const run = '01arz3ndektsv4rrffq69g5fav';
  const position = await publish(server.url, { subject: namesOf(namespace).runSubject(run), body: '{}' });
  await store.register(version(2));
  await watching;

  expect(heard).toEqual([run]);
  expect(await stream.journal.end()).toBe(position);
  const all: string[] = [];
  for await (const each of stream.journal.lastOfEach()) all.push(each.run);
  expect(all).toEqual([run]);
});

/** A server as 0.1.0 left it: a journal of runs alone, and a bucket of definitions. */
async function leftByOld() {
  const names = namesOf(freshNamespace());
  const connection = await connect({ servers: server.url });
  onTestFinished(() => connection.close());
  const { streams } = await jetstreamManager(connection);
  const settings = { ...journalSettings(names, 1), subjects: [names.journalSubjects] };
  await connection.request(`$JS.API.STREAM.CREATE.${names.journalStream}`, JSON.stringify(settings));
  const settingsOfBucket = {
    ...{ name: `KV_${names.definitionsBucket}`, subjects: [`$KV.${names.definitionsBucket}.>`] },
    ...{ storage: 'file', retention: 'limits', discard: 'new', max_msgs_per_subject: 1, num_replicas: 1 },
    ...{ deny_delete: true, allow_rollup_hdrs: true, allow_direct: false },
  };
  await connection.request(
    `$JS.API.STREAM.CREATE.KV_${names.definitionsBucket}`,
    JSON.stringify(settingsOfBucket),
  );
  const bucket = await new Kvm(connection).open(names.definitionsBucket);
  const put = async (definition: StoredDefinition) => {
    const { id, version: number, hash } = definition.ref;
    await bucket.put(`hash.${hash}`, JSON.stringify(definition));
    await bucket.put(`version.${id}.${number}`, hash);
  };

  return { namespace: names.namespace, names, streams, bucket, put };
}

test('the definitions that 0.1.0 kept in a bucket are in the journal after the first start, once', async () => {
  const { namespace, put, bucket } = await leftByOld();
  const all = [version(1), { ...version(2), published }, version(3)];
  for (const each of all) await put(each);
  await bucket.put('hash.damaged', 'no JSON');
  await bucket.put('version.lost.7', 'a'.repeat(64));
  await bucket.put('version.short.99', 'no hash');
  for (const key of ['version.short.x', 'version.Short.1', 'version.short.0'])
    await bucket.put(key, 'c'.repeat(64));
  const [one] = await Promise.all([opened(namespace), opened(namespace)]);
  const before = await one.written();
  const again = await opened(namespace);

  expect(await again.written()).toBe(before);
  expect(await again.store.list()).toEqual(expect.arrayContaining(all));
  expect(await again.store.list()).toHaveLength(3);
  expect(await again.store.byId('short')).toEqual(all[2]);
  await again.streams.delete(`KV_${namesOf(namespace).definitionsBucket}`);
  const { store } = await opened(namespace);
  expect(await store.byId('short', 2)).toEqual(all[1]);
  await expect(
    store.register({ ...version(4), ref: { id: 'lost', version: 7, hash: 'b'.repeat(64) } }),
  ).rejects.toMatchObject({ code: 'definition.taken' });
});

test('what an engine of 0.1.0 that is still up puts into its bucket is found, and copied with the next start', async () => {
  const { namespace, put } = await leftByOld();
  const [one, two, three] = [version(1), version(2), version(3)];
  await put(one);
  const { store } = await opened(namespace);
  await put(two);
  expect(await store.byHash(two.ref.hash)).toEqual(two);
  await put(three);
  const next = await opened(namespace);

  expect(await next.store.byId('short')).toEqual(three);
});

test('what ran as a draft is registered by whoever serves it, and told to those who look after its triggers', async () => {
  const { store } = await opened();
  const text =
    'workflow: {id: orders, version: 1, triggers: [{on: order.placed}], tasks: [{id: a, uses: noop}]}';
  const read = loadDefinition({ file: 'orders.yaml', content: text });
  const loaded = read.ok ? read.loaded : expect.unreachable('the definition is sound');
  await store.keepDraft({ ref: loaded.ref, text: loaded.text, file: 'orders.yaml' });
  const told: string[] = [];
  const register = createLocalDefinitions({
    definitions: store,
    onRegistered: ({ loaded: { ref } }) => told.push(ref.id),
    onTrouble: (error) => expect.unreachable(String(error)),
  });
  await register([{ loaded, file: 'orders.yaml' }]);

  const leaving = new AbortController();
  const watched: string[] = [];
  await store.watch(({ hash }) => watched.push(hash), leaving.signal);
  leaving.abort();
  expect({ told, watched }).toEqual({ told: ['orders'], watched: [loaded.ref.hash] });
});
