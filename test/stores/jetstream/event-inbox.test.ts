// The inbox on a real server, whose taker, server, stream and consumer may go at any time.
import { connect, headers } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventOutcome } from '../../../events/event-outcome.ts';
import type { InboxItem } from '../../../src/ports/events/event-inbox.ts';
import { connectJetStream, type JetStreamHandle } from '../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../src/stores/jetstream/connection/names.ts';
import { eventInboxContract } from '../../contract/event-inbox-contract.ts';
import { cloudEvent } from '../../contract/event-publisher-contract.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { freshNamespace, publish } from './open-jetstream.ts';
import { openEventInbox } from './open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

eventInboxContract(() => openEventInbox({ url: server.url }));

const soon = { timeout: 20_000, interval: 20 };
const silentMs = 1_000;

/** Takes until it is told to leave; `isDone`: deals with everything at once. */
function taking({ inbox }: JetStreamHandle, { isDone = true, atOnceMax = 10 } = {}) {
  const items: InboxItem[] = [];
  const leaving = new AbortController();
  const ended = (async () => {
    for await (const item of inbox.take({ signal: leaving.signal, atOnceMax })) {
      items.push(item);
      if (isDone) void item.done().catch(() => undefined);
    }
  })();
  const ids = () => items.map(({ body }) => (JSON.parse(body) as { readonly id: string }).id);
  const leave = async (): Promise<void> => {
    leaving.abort();
    await ended;
  };

  return { items, ids, leave };
}

test('an event in binary mode, with its attributes in headers, is read as one in structured JSON', async () => {
  const namespace = freshNamespace();
  const handle = await connectJetStream({ namespace, url: server.url });
  await handle.events.publish(cloudEvent('first'));
  const { items, leave } = taking(handle);
  await expect.poll(() => items.length, soon).toBe(1);
  const connection = await connect({ servers: server.url });
  const subject = `${namesOf(namespace).eventSubjects.replace('>', '')}order.paid`;
  const told = headers();
  const attributes = { specversion: '1.0', id: 'b%C3%A4r', source: '/shop', type: 'order.paid', hops: '3' };
  for (const [name, value] of Object.entries(attributes)) told.set(`ce-${name}`, value);
  told.set('Content-Type', 'application/json');
  await connection.request(subject, '{"order": 1}', { headers: told, timeout: 5_000 });
  await connection.request(subject, 'no JSON', { headers: told, timeout: 5_000 });
  const whole = JSON.stringify({ ...attributes, id: 'whole', hops: 3 });
  told.set('Content-Type', 'application/cloudevents+json; charset=utf-8');
  await connection.request(subject, whole, { headers: told, timeout: 5_000 });
  await connection.close();

  await expect.poll(() => items.length, soon).toBe(4);
  const event = {
    ...attributes,
    id: 'bär',
    hops: 3,
    datacontenttype: 'application/json',
    data: { order: 1 },
  };
  expect(JSON.parse(items[1]?.body ?? '')).toEqual(event);
  const kept = await handle.inbox.read(items[1]?.position ?? 0);
  expect(kept?.body).toBe(items[1]?.body);
  expect(items[2]?.body).toBe('no JSON');
  expect(items[3]?.body).toBe(whole);
  await leave();
  await handle.close();
});

test('an event whose taker was killed is given out again; one that takes longer is not', async () => {
  const namespace = freshNamespace();
  const proxy = await startTcpProxy(server.url);
  const options = { namespace, eventSilentMs: silentMs };
  const doomed = await connectJetStream({ ...options, url: proxy.url });
  const slow = await connectJetStream({ ...options, url: server.url });
  const watching = await connectJetStream({ ...options, url: server.url });
  await slow.events.publish(cloudEvent('kept'));
  // It has no room for more: what is given out again goes to another.
  const first = taking(slow, { isDone: false, atOnceMax: 1 });
  await expect.poll(first.ids, soon).toEqual(['kept']);
  const second = taking(doomed, { isDone: false });
  await slow.events.publish(cloudEvent('lost'));
  await expect.poll(second.ids, soon).toEqual(['lost']);
  await proxy.close();
  const third = taking(watching);

  await expect.poll(third.ids, soon).toEqual(['lost']);
  for (const item of first.items) await item.done();
  await third.leave();
  await first.leave();
  await Promise.all([doomed, slow, watching].map((each) => each.close()));
  await second.leave();
});

test('goes on after a crash of the server, with what was under way before and what comes after', async () => {
  const own = await startTestServer();
  const options = { url: own.url, namespace: freshNamespace(), eventSilentMs: silentMs };
  const mine = await connectJetStream(options);
  const theirs = await connectJetStream(options);
  await mine.events.publish(cloudEvent('a'));
  const slow = taking(mine, { isDone: false });
  await expect.poll(slow.ids, soon).toEqual(['a']);
  await own.kill9();
  const acknowledged = slow.items[0]?.done();
  await own.restart();
  await acknowledged;
  await mine.events.publish(cloudEvent('b'));

  await expect.poll(slow.ids, soon).toContain('b');
  await slow.items.at(-1)?.done();
  await slow.leave();
  const next = taking(theirs);
  await mine.events.publish(cloudEvent('c'));
  await expect.poll(next.ids, soon).toEqual(['c']);
  await next.leave();
  await Promise.all([mine.close(), theirs.close()]);
  await own.stop();
});

test.each(['CONSUMER', 'STREAM'])('goes on where somebody deleted the %s', async (what) => {
  const namespace = freshNamespace();
  const { eventsStream, eventsConsumer } = namesOf(namespace);
  const handle = await connectJetStream({ url: server.url, namespace, eventSilentMs: silentMs });
  await handle.events.publish(cloudEvent('a'));
  const { items, ids, leave } = taking(handle, { isDone: false });
  await expect.poll(ids, soon).toEqual(['a']);
  const name = what === 'STREAM' ? eventsStream : `${eventsStream}.${eventsConsumer}`;
  await publish(server.url, { subject: `$JS.API.${what}.DELETE.${name}`, body: '' });
  await handle.events.publish(cloudEvent('b'));
  await expect.poll(ids, soon).toEqual(['a', 'b']);
  for (const item of items.slice(what === 'STREAM' ? 1 : 0)) await item.done();
  await handle.events.publish(cloudEvent('c'));

  await expect.poll(ids, soon).toEqual(['a', 'b', 'c']);
  await leave();
  await handle.close();
});

test('where the consumer is lost, what was dealt with long ago is not given out again', async () => {
  const namespace = freshNamespace();
  const { eventsStream, eventsConsumer, eventSubject } = namesOf(namespace);
  const handle = await connectJetStream({ url: server.url, namespace });
  await handle.openEvents();
  const before = taking(handle, { atOnceMax: 256 });
  const connection = await connect({ servers: server.url });
  for (let index = 0; index < 1_100; index += 1) connection.publish(eventSubject('a'), `${index}`);
  await connection.drain();
  await expect.poll(() => before.items.length, soon).toBe(1_100);
  // The last one to be noted need not be the last that came.
  for (const position of [1_100, 7]) await handle.outcomes.note(outcomeOf(position));
  await before.leave();
  await publish(server.url, {
    subject: `$JS.API.CONSUMER.DELETE.${eventsStream}.${eventsConsumer}`,
    body: '',
  });
  const after = taking(handle);

  await expect.poll(() => after.items[0]?.position, soon).toBe(1_100 - 1_024);
  await after.leave();
  // What was made so is found so.
  const next = taking(handle);
  await publish(server.url, { subject: eventSubject('a'), body: 'last' });
  await expect.poll(() => next.items.at(-1)?.body, soon).toBe('last');
  await next.leave();
  await handle.close();
});

test('where the stream was made again, outcomes of the one before hide no event', async () => {
  const namespace = freshNamespace();
  const { eventSubject } = namesOf(namespace);
  const handle = await connectJetStream({ url: server.url, namespace });
  await handle.outcomes.note(outcomeOf(5_000));
  await handle.openEvents();
  await publish(server.url, { subject: eventSubject('a'), body: 'first' });
  const { items, leave } = taking(handle);

  await expect.poll(() => items.map(({ body }) => body), soon).toEqual(['first']);
  await leave();
  await handle.close();
});

function outcomeOf(position: number): EventOutcome {
  return { position, at: new Date().toISOString(), type: 'a', status: 'ignored', effects: [] };
}

test('makes the stream where there is none, and says nothing of a type or a name that a subject does not hold', async () => {
  const namespace = freshNamespace();
  const handle = await connectJetStream({ url: server.url, namespace });
  const { items, leave } = taking(handle);
  const prefix = `wf.${namespace}.event.`;
  await expect.poll(() => published('order.paid'), soon).toBe('stored');
  for (const rest of ['@ana', '@', '@engine.a', '@anyone.a', '@worker=3Ax.a', '@ana.order.paid', 'A'])
    await published(rest);
  await expect.poll(() => items.at(-1)?.type, soon).toBe('A');

  expect(items.map(({ type, by }) => [type, by])).toEqual([
    ['order.paid', undefined],
    ['', 'ana'],
    ['', undefined],
    ['', undefined],
    ['', undefined],
    ['', undefined],
    ['order.paid', 'ana'],
    ['A', undefined],
  ]);
  await leave();
  await handle.close();

  async function published(rest: string): Promise<string> {
    return publish(server.url, { subject: prefix + rest, body: '' }).then(
      () => 'stored',
      () => 'nobody there',
    );
  }
});
