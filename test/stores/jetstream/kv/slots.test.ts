// Slots in a KV bucket of a real server: besides the contract, what becomes of them when answers are lost, when the
// server restarts, and when nobody wants them any more.
import { connect, type NatsConnection, TimeoutError } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { createLink, type Link } from '../../../../src/stores/jetstream/connection/link.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { createJetStreamSlots } from '../../../../src/stores/jetstream/kv/slots.ts';
import { slotsContract } from '../../../contract/slots-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace, publish } from '../open-jetstream.ts';
import { openSlots } from '../open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

slotsContract(() => openSlots({ url: server.url }));

test('the bucket is made by the first run that asks, on disk, and an empty line leaves nothing behind', async () => {
  const namespace = freshNamespace();
  const stream = `KV_${namesOf(namespace).limitsBucket}`;
  const { slots, close } = await connectJetStream({ url: server.url, namespace });
  expect(await ask(`STREAM.INFO.${stream}`)).toMatchObject({ error: { code: 404 } });

  await slots.acquire('k', 'a', 1);
  expect(await ask(`STREAM.INFO.${stream}`)).toMatchObject({
    config: { storage: 'file', allow_direct: false },
  });
  await slots.release('k', 'a');
  const { message } = await ask(`STREAM.MSG.GET.${stream}`, { last_by_subj: '>' });
  expect(Buffer.from(message?.hdrs ?? '', 'base64').toString()).toContain('Nats-TTL: 60s');
  await close();
});

test('a bucket that was deleted is not complete any more', async () => {
  const namespace = freshNamespace();
  const { slots, close } = await connectJetStream({ url: server.url, namespace });
  await slots.markComplete();
  await ask(`STREAM.DELETE.KV_${namesOf(namespace).limitsBucket}`);

  expect(await slots.isComplete()).toBe(false);
  await close();
});

test('a run whose answers were lost is in line once, and out of it once it has left', async () => {
  const names = namesOf(freshNamespace());
  const connection = await connect({ servers: server.url });
  const slots = createJetStreamSlots({ link: createLink(connection), names, replicas: 1 });
  await slots.acquire('k', 'a', 1);
  const losing = createJetStreamSlots({ link: losingAnswers(connection), names, replicas: 1 });

  expect(await losing.acquire('k', 'b', 1)).toEqual({ held: false, ahead: 0 });
  await losing.release('k', 'a');
  expect(await slots.holders('k')).toEqual(['b']);
  expect(await slots.acquire('k', 'c', 1)).toEqual({ held: false, ahead: 0 });
  await connection.close();
});

test('runs of one process that ask at the same time are written one after another, each once', async () => {
  const names = namesOf(freshNamespace());
  const connection = await connect({ servers: server.url });
  let writes = 0;
  const request: NatsConnection['request'] = (subject, payload, options) => {
    if (subject.startsWith('$KV.')) writes++;

    return connection.request(subject, payload, options);
  };
  const slots = createJetStreamSlots({ link: linkWith(connection, request), names, replicas: 1 });
  await Promise.all(Array.from({ length: 50 }, (_, index) => slots.acquire('k', `run-${index}`, 1)));

  expect(writes).toBe(50);
  await connection.close();
});

test('who holds a slot is known after a crash of the server', async () => {
  const crashing = await startTestServer();
  const { slots, close } = await connectJetStream({ url: crashing.url });
  await slots.acquire('k', 'a', 1);
  await crashing.kill9();
  const asked = slots.acquire('k', 'b', 1);
  await crashing.restart();

  expect(await asked).toEqual({ held: false, ahead: 0 });
  expect(await slots.holders('k')).toEqual(['a']);
  await close();
  await crashing.stop();
});

test('nobody is given a slot where something stands that is no line of runs', async () => {
  const namespace = freshNamespace();
  const { slots, close } = await connectJetStream({ url: server.url, namespace });
  await slots.acquire('k', 'a', 1);
  const stream = `KV_${namesOf(namespace).limitsBucket}`;
  const { message } = await ask(`STREAM.MSG.GET.${stream}`, { last_by_subj: '>' });
  await publish(server.url, { subject: message?.subject ?? '', body: 'by hand' });

  await expect(slots.acquire('k', 'b', 1)).rejects.toMatchObject({
    code: 'slots.unavailable',
    message: expect.stringContaining('holds no line of runs'),
  });
  await close();
});

/** A connection on which every other answer to a write is lost, though the write is done. */
function losingAnswers(connection: NatsConnection): Link {
  let writes = 0;
  const request: NatsConnection['request'] = async (subject, payload, options) => {
    const answer = await connection.request(subject, payload, options);
    if (subject.startsWith('$KV.') && writes++ % 2 === 0) throw new TimeoutError();

    return answer;
  };

  return linkWith(connection, request);
}

function linkWith(connection: NatsConnection, request: NatsConnection['request']): Link {
  return { ...createLink(connection), connection: { request, isClosed: () => false } as NatsConnection };
}

type ApiAnswer = { readonly message?: { readonly subject: string; readonly hdrs?: string } };

async function ask(verb: string, payload: object = {}): Promise<ApiAnswer> {
  const connection = await connect({ servers: server.url });
  const answer = await connection.request(`$JS.API.${verb}`, JSON.stringify(payload));
  await connection.close();

  return answer.json<ApiAnswer>();
}
