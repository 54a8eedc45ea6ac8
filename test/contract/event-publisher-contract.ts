import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CloudEvent } from '../../events/cloud-event.ts';
import type { EventAudience, EventPublisher } from '../../src/ports/events/event-publisher.ts';

export type OpenEventPublisher = {
  readonly events: EventPublisher & EventAudience;
  /** Another publisher to the same place. */
  readonly other: EventPublisher;
  /** Everything that was published so far, in its order. */
  readonly published: () => Promise<readonly CloudEvent[]>;
  /** An engine takes events from now on. */
  readonly serve: () => Promise<void>;
  /** Another program listens until what this resolves with is called. */
  readonly listen: () => Promise<() => Promise<void>>;
  readonly close: () => Promise<void>;
};

const KIB = 1024;

/** What every implementation of the event publisher promises. */
export function eventPublisherContract(open: () => Promise<OpenEventPublisher>): void {
  let opened: OpenEventPublisher;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  test('what is published is there, as it was given and in order, when the promise resolves', async () => {
    const { events, published } = opened;
    const data = { text: 'ä ▛▞ \u0000', list: [1, null, { a: true }] };
    const bare = { ...cloudEvent('run-1/c'), subject: undefined, data: undefined };
    const all = [cloudEvent('run-1/a', { data }), cloudEvent('run-1/b', { type: 'A' }), bare];
    for (const event of all) await events.publish(event);

    expect(await published()).toEqual(JSON.parse(JSON.stringify(all)));
  });

  test('whether another program listens can be told, whether or not an engine does', async () => {
    const { events, serve, listen } = opened;
    const seen = [await events.isHeard()];
    for (const act of [() => Promise.resolve(), serve]) {
      await act();
      seen.push(await events.isHeard());
      const stop = await listen();
      seen.push(await events.isHeard());
      await stop();
      seen.push(await events.isHeard());
    }

    expect(seen).toEqual([false, false, true, false, false, true, false]);
  });

  test('an event that is published again, by whomever, is there once, and whoever publishes it learns so', async () => {
    const { events, other, published } = opened;
    const event = cloudEvent('run-1/loop[3].tell');
    const answers = [
      await events.publish(event),
      await events.publish(event),
      await other.publish({ ...event, time: '2026-01-02T00:00:00.000Z' }),
      await other.publish(event, { once: false }),
    ];

    expect(answers).toEqual([{ stored: true }, { stored: false }, { stored: false }, { stored: true }]);
    expect(await published()).toEqual([event, event]);
  });

  test('an event is told from others by its source and its id, whatever they are made of', async () => {
    const { events, other, published } = opened;
    const ids = ['1', 'a\r\nNats-Rollup: all', 'ä ▛▞', 'x'.repeat(5_000)];
    const all = ids.flatMap((id) => ['/shop', '/bank\n'].map((source) => cloudEvent(id, { source })));
    for (const event of all) await events.publish(event);
    for (const event of all) await other.publish(event);

    expect(await published()).toEqual(all);
  });

  test('an event that need not be there once may be there twice, and takes no place of another', async () => {
    const { events, other, published } = opened;
    const event = cloudEvent('run-1/1/workflow.run.started');
    for (const publisher of [events, other]) await publisher.publish(event, { once: false });
    await events.publish(event);
    await events.publish(event);

    expect(await published()).toEqual([event, event, event]);
  });

  test('many events at once are all there', async () => {
    const { events, other, published } = opened;
    const all = Array.from({ length: 50 }, (_, index) => cloudEvent(`run-${index}/tell`));
    await Promise.all(all.map((event, index) => (index % 2 === 0 ? events : other).publish(event)));

    expect((await published()).map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort());
  });

  test.each(['', '.', 'a.', '.a', 'a..b', 'a b', '*', 'a.>', 'a\n', 'ä', '$a', 'a/b', 'a'.repeat(201)])(
    'refuses the type %j, which could address other events',
    async (type) => {
      const { events, published } = opened;

      await expect(events.publish(cloudEvent('run-1/a', { type }))).rejects.toThrow(RangeError);
      expect(await published()).toEqual([]);
    },
  );

  test('takes an event of 1000 KiB, and refuses a larger one before it is sent', async () => {
    const { events, published } = opened;
    await events.publish(cloudEvent('run-1/a', { data: 'x'.repeat(1000 * KIB) }));
    const tooLarge = cloudEvent('run-1/b', { data: 'x'.repeat(1024 * KIB) });

    await expect(events.publish(tooLarge)).rejects.toMatchObject({
      code: 'event.too-large',
      message: expect.stringMatching(/^event run-1\/b has 1048\d{3} bytes, more than the 1048\d{3} /),
    });
    expect((await published()).map(({ id }) => id)).toEqual(['run-1/a']);
  });
}

export function cloudEvent(id: string, given: Partial<CloudEvent> = {}): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source: '/3ox/orders',
    type: 'order.paid',
    subject: 'order-7',
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    data: { total: 12.5 },
    ...given,
  };
}
