// Events on a stream of a real server.
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { cloudEvent, eventPublisherContract } from '../../../contract/event-publisher-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { startTcpProxy } from '../../../support/tcp-proxy.ts';
import { freshNamespace } from '../open-jetstream.ts';
import { openEventPublisher } from '../open-ports.ts';
import { publishedMessages } from '../published-events.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

eventPublisherContract(() => openEventPublisher({ url: server.url }));

test('an event is a structured CloudEvent on the subject of its type', async () => {
  const namespace = freshNamespace();
  const { events, close } = await connectJetStream({ url: server.url, namespace });
  const event = cloudEvent('run-1/tell', { type: 'com.example.Order_Paid-2' });
  await events.publish(event);

  expect(await publishedMessages(server.url, namesOf(namespace).eventsStream)).toEqual([
    {
      subject: `wf.${namespace}.event.com.example.Order_Paid-2`,
      contentType: 'application/cloudevents+json; charset=utf-8',
      event,
    },
  ]);
  await close();
});

test('the stream is made by the first event, keeps 30 days, and makes room for new ones', async () => {
  const namespace = freshNamespace();
  const { eventsStream: stream } = namesOf(namespace);
  const { events, close } = await connectJetStream({ url: server.url, namespace });
  expect(await configOf(stream)).toBeUndefined();
  await events.publish(cloudEvent('run-1/tell'));

  expect(await configOf(stream)).toMatchObject({
    storage: 'file',
    discard: 'old',
    max_age: 30 * 24 * 3600 * 1e9,
    duplicate_window: 600 * 1e9,
  });
  await close();
});

test('whoever runs the server decides how long events are kept, but not that they are lost by a crash', async () => {
  const names = namesOf(freshNamespace());
  const { namespace, eventsStream: name, eventSubjects } = names;
  const other = { name, subjects: [eventSubjects], max_age: 3_600e9, duplicate_window: 60e9, discard: 'old' };
  const { events, close } = await connectJetStream({ url: server.url, namespace });

  await ask(`STREAM.CREATE.${name}`, { ...other, storage: 'memory' });
  await expect(events.publish(cloudEvent('run-1/tell'))).rejects.toMatchObject({
    code: 'nats.stream-misconfigured',
    message: expect.stringMatching(/storage is "memory", not "file"; change/),
  });
  await ask(`STREAM.DELETE.${name}`, {});
  await ask(`STREAM.CREATE.${name}`, { ...other, storage: 'file' });
  await events.publish(cloudEvent('run-1/tell'));
  expect(await configOf(name)).toMatchObject({ max_age: 3_600e9 });
  await close();
});

test('a stream that somebody deleted is made again', async () => {
  const namespace = freshNamespace();
  const { eventsStream: stream } = namesOf(namespace);
  const { events, close } = await connectJetStream({ url: server.url, namespace });
  await events.publish(cloudEvent('run-1/a'));
  await ask(`STREAM.DELETE.${stream}`, {});
  await events.publish(cloudEvent('run-1/b'));

  expect((await publishedMessages(server.url, stream)).map(({ event }) => event.id)).toEqual(['run-1/b']);
  await close();
});

test('an event whose answer was lost is sent again and stored once', async () => {
  const namespace = freshNamespace();
  const proxy = await startTcpProxy(server.url);
  const { events, close } = await connectJetStream({ url: proxy.url, namespace });
  await events.publish(cloudEvent('run-1/a'));
  const swallowed = proxy.swallowAnswer();
  const published = events.publish(cloudEvent('run-1/b'));
  await swallowed;
  expect(await published).toEqual({ stored: true });

  const found = await publishedMessages(server.url, namesOf(namespace).eventsStream);
  expect(found.map(({ event }) => event.id)).toEqual(['run-1/a', 'run-1/b']);
  await close();
  await proxy.close();
});

test('an event waits for a server that is down', async () => {
  const own = await startTestServer();
  const namespace = freshNamespace();
  const { events, close } = await connectJetStream({ url: own.url, namespace });
  await own.kill9();
  const published = events.publish(cloudEvent('run-1/a'));
  await own.restart();
  await published;

  expect(await publishedMessages(own.url, namesOf(namespace).eventsStream)).toHaveLength(1);
  await close();
  await own.stop();
});

test('an event that the server says is too large is refused as such, and one after the close as unavailable', async () => {
  const namespace = freshNamespace();
  const { events, close } = await connectJetStream({ url: server.url, namespace });
  await events.publish(cloudEvent('run-1/a'));
  const { eventsStream: stream } = namesOf(namespace);
  await ask(`STREAM.UPDATE.${stream}`, { ...(await configOf(stream)), max_msg_size: 1_000 });

  const large = cloudEvent('run-1/b', { data: 'x'.repeat(2_000) });
  await expect(events.publish(large)).rejects.toMatchObject({ code: 'event.too-large' });
  await close();
  await expect(events.publish(large)).rejects.toMatchObject({ code: 'event.unavailable' });
});

test('an event is as large as the server takes, when that is less than we would', async () => {
  const small = await startTestServer({
    conf: 'host: "127.0.0.1"\nmax_payload: 64KB\njetstream { sync_interval: always }\n',
  });
  const { events, close } = await connectJetStream({ url: small.url, namespace: freshNamespace() });
  await events.publish(cloudEvent('run-1/a', { data: 'x'.repeat(60_000) }));

  await expect(events.publish(cloudEvent('run-1/b', { data: 'x'.repeat(70_000) }))).rejects.toMatchObject({
    code: 'event.too-large',
    message: expect.stringMatching(/more than the 65\d{3} /),
  });
  await close();
  await small.stop();
});

async function configOf(stream: string): Promise<object | undefined> {
  const { config } = await ask<{ readonly config?: object }>(`STREAM.INFO.${stream}`, {});

  return config;
}

async function ask<Answer>(verb: string, payload: object): Promise<Answer> {
  const connection = await connect({ servers: server.url });
  const answer = await connection.request(`$JS.API.${verb}`, JSON.stringify(payload));
  await connection.close();

  return answer.json<Answer>();
}
