// The inbox on a real server, whose taker, server, stream and consumer may go at any time.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream, type JetStreamHandle } from '../../../src/adapters/jetstream/connect.ts';
import { namesOf } from '../../../src/adapters/jetstream/names.ts';
import type { InboxItem } from '../../../src/ports/event-inbox.ts';
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

test('makes the stream where there is none, and says nothing of a type or a name that a subject does not hold', async () => {
  const namespace = freshNamespace();
  const handle = await connectJetStream({ url: server.url, namespace });
  const { items, leave } = taking(handle);
  const prefix = `wf.${namespace}.event.`;
  await expect.poll(() => published('order.paid'), soon).toBe('stored');
  for (const rest of ['@ana', '@', '@ana.order.paid', 'A']) await published(rest);
  await expect.poll(() => items.at(-1)?.type, soon).toBe('A');

  expect(items.map(({ type, by }) => [type, by])).toEqual([
    ['order.paid', undefined],
    ['', 'ana'],
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
