// What our queue of work relies on, asked of the server itself: see facts.test.ts.
import { createInbox, type Msg } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { freshNamespace } from './open-jetstream.ts';
import { connectRaw, type RawClient } from './raw-client.ts';

let server: TestServer;
let raw: RawClient;
let name: string;
beforeAll(async () => {
  server = await startTestServer();
  raw = await connectRaw(server.url);
});
afterAll(async () => {
  await raw.close();
  await server.stop();
});
beforeEach(async () => {
  name = freshNamespace();
  const place = { max_msgs_per_subject: 1, discard: 'new', discard_new_per_subject: true };
  await raw.api(`STREAM.CREATE.${name}`, { name, subjects: [`${name}.>`], retention: 'workqueue', ...place });
  await consumer({});
});

const consumer = (more: object) =>
  raw.api(`CONSUMER.CREATE.${name}.d.${name}.*`, {
    stream_name: name,
    config: { durable_name: 'd', filter_subject: `${name}.*`, ack_policy: 'explicit', ...more },
  });

async function messages(): Promise<number | undefined> {
  return (await raw.api(`STREAM.INFO.${name}`)).state?.messages;
}

/** What the server sends first to a request for one message. */
function pull(request: object = {}, stream = name): Promise<Msg> {
  const inbox = createInbox();

  return new Promise((resolve) => {
    raw.connection.subscribe(inbox, { max: 1, callback: (_, message) => resolve(message) });
    const body = JSON.stringify({ batch: 1, expires: 300e6, ...request });
    raw.connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.d`, body, { reply: inbox });
  });
}

async function say({ reply = '' }: Msg, word: string): Promise<string> {
  return (await raw.connection.request(reply, word, { timeout: 10_000 })).string();
}

test('a second message of a subject is refused by a code of many meanings and a text, also while a worker has the first', async () => {
  await raw.publish(`${name}.a`);
  const refused = { err_code: 10077, code: 503, description: 'maximum messages per subject exceeded' };

  expect((await raw.publish(`${name}.a`)).error).toMatchObject(refused);
  const mine = await pull();
  expect((await raw.publish(`${name}.a`)).error).toMatchObject(refused);
  await say(mine, '+ACK');
  expect(await raw.publish(`${name}.a`)).toMatchObject({ seq: 2 });
});

test('every word about a message is confirmed, however often it is said', async () => {
  await raw.publish(`${name}.a`);
  const first = await pull();
  for (const word of ['+WPI', '-NAK', '-NAK']) expect(await say(first, word)).toBe('');
  const again = await pull();
  for (const word of ['+ACK', '+ACK', '-NAK', '+TERM']) expect(await say(again, word)).toBe('');

  expect(await messages()).toBe(0);
});

test('a word about a message that was purged says nothing about the next of its subject', async () => {
  await raw.publish(`${name}.a`);
  const purged = await pull();
  await raw.api(`STREAM.PURGE.${name}`, { filter: `${name}.a` });
  await raw.publish(`${name}.a`);
  await pull();

  expect(await say(purged, '+ACK')).toBe('');
  expect(await messages()).toBe(1);
});

test('a message keeps its own subject, a status comes on that of the inbox', async () => {
  const empty = await pull();
  expect(empty).toMatchObject({ subject: expect.stringMatching(/^_INBOX\./), headers: { code: 408 } });
  expect((await pull({ expires: 1e9, idle_heartbeat: 300e6 })).headers?.code).toBe(100);
  expect((await pull({}, 'not-there')).headers?.code).toBe(503);
  await raw.publish(`${name}.a`);

  expect(await pull()).toMatchObject({ subject: `${name}.a`, headers: undefined });
});

test('a consumer that is created once more takes other settings and keeps what it holds', async () => {
  await raw.publish(`${name}.a`);
  await pull();

  expect(await consumer({ ack_wait: 5e9 })).toMatchObject({ config: { ack_wait: 5e9 }, num_ack_pending: 1 });
});
