import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventInbox, InboxItem } from '../../src/ports/events/event-inbox.ts';

export type OpenEventInbox = {
  readonly inbox: EventInbox;
  /** The same inbox as another process sees it. */
  readonly other: EventInbox;
  /** Publishes as anybody, or as somebody with rights of their own. Resolves with the position. */
  readonly put: (event: {
    readonly type: string;
    readonly by?: string;
    readonly body: string;
  }) => Promise<number>;
  readonly close: () => Promise<void>;
};

type Taker = {
  /** What it was given, whether or not it has been dealt with. */
  readonly items: readonly InboxItem[];
  /** Has it leave, as a process that ends. */
  readonly leave: () => Promise<void>;
};
type Manner = { readonly atOnceMax?: number; readonly onItem?: (item: InboxItem) => unknown };
type Current = { it: OpenEventInbox; readonly take: (inbox: EventInbox, manner?: Manner) => Taker };

const soon = { timeout: 20_000, interval: 20 };
const dealtWith = (item: InboxItem): Promise<void> => item.done();

/** What every implementation of the inbox promises. */
export function eventInboxContract(open: () => Promise<OpenEventInbox>): void {
  const takers: Taker[] = [];
  const current: Current = {
    it: undefined as unknown as OpenEventInbox,
    take: (inbox, manner) => {
      const taker = takerOf(inbox, manner);
      takers.push(taker);

      return taker;
    },
  };
  beforeEach(async () => {
    current.it = await open();
  });
  afterEach(async () => {
    await Promise.all(takers.splice(0).map(({ leave }) => leave()));
    await current.it.close();
  });

  givingOut(current);
  givingAgain(current);
}

function givingOut(current: Current): void {
  test('gives out what was there before, and then what comes, with who published it where that is vouched for', async () => {
    const { inbox, put } = current.it;
    const body = JSON.stringify({ text: 'ä ▛▞ \u0000' });
    const first = await put({ type: 'order.paid', body });
    const { items } = current.take(inbox);
    await expect.poll(() => items.length, soon).toBe(1);
    const second = await put({ type: 'order.paid', by: 'ana.b @▛', body: 'no JSON' });
    await expect.poll(() => items.length, soon).toBe(2);

    expect(items.map(({ position, type, by, body }) => ({ position, type, by, body }))).toEqual([
      { position: first, type: 'order.paid', by: undefined, body },
      { position: second, type: 'order.paid', by: 'ana.b @▛', body: 'no JSON' },
    ]);
    expect(second).toBeGreaterThan(first);
  });

  test('reads an event by its position, also one that was dealt with; undefined where there is none', async () => {
    const { inbox, other, put } = current.it;
    const first = await put({ type: 'order.paid', by: 'ana.b @▛', body: '{"text": "ä"}' });
    const second = await put({ type: 'a', body: 'no JSON' });
    const { items } = current.take(inbox, { onItem: dealtWith });
    await expect.poll(() => items.length, soon).toBe(2);

    expect(await other.read(first)).toEqual({
      position: first,
      type: 'order.paid',
      by: 'ana.b @▛',
      body: '{"text": "ä"}',
    });
    expect(await other.read(second)).toEqual({ position: second, type: 'a', body: 'no JSON' });
    expect(await other.read(second + 1)).toBeUndefined();
  });

  test('gives 300 events out in their order, each to one of two who take', async () => {
    const { inbox, other, put } = current.it;
    const positions: number[] = [];
    const takers = [inbox, other].map((each) => current.take(each, { onItem: dealtWith }));
    for (let index = 0; index < 300; index++) positions.push(await put({ type: 'a', body: `${index}` }));
    const taken = () => takers.flatMap(({ items }) => items.map(({ position }) => position));
    await expect.poll(() => taken().length, soon).toBe(300);

    expect(taken().toSorted((one, two) => one - two)).toEqual(positions);
    for (const { items } of takers) {
      const own = items.map(({ position }) => position);
      expect(own).toEqual(own.toSorted((one, two) => one - two));
    }
  });

  test('gives no more out at once than may be under way, and goes on with each that is dealt with', async () => {
    const { inbox, put } = current.it;
    for (const body of ['1', '2', '3', '4', '5']) await put({ type: 'a', body });
    const { items } = current.take(inbox, { atOnceMax: 2 });
    await expect.poll(() => items.length, soon).toBe(2);
    await items[1]?.done();
    await expect.poll(() => items.length, soon).toBe(3);
    await items[0]?.done();
    await items[2]?.done();
    await expect.poll(() => items.length, soon).toBe(5);

    expect(items.map(({ body }) => body)).toEqual(['1', '2', '3', '4', '5']);
  });
}

function givingAgain(current: Current): void {
  test('gives nothing out again that was dealt with, also when that is said twice', async () => {
    const { inbox, other, put } = current.it;
    for (const body of ['1', '2', '3']) await put({ type: 'a', body });
    const first = current.take(inbox, { onItem: dealtWith });
    await expect.poll(() => first.items.length, soon).toBe(3);
    await Promise.all(first.items.map(dealtWith));
    await first.leave();
    const next = current.take(other);
    await put({ type: 'a', body: '4' });
    await expect.poll(() => next.items.map(({ body }) => body), soon).toEqual(['4']);
  });

  test('gives out to another what was under way when its taker left, and what nobody had been given', async () => {
    const { inbox, other, put } = current.it;
    for (const body of ['1', '2', '3', '4']) await put({ type: 'a', body });
    const first = current.take(inbox, { atOnceMax: 2 });
    await expect.poll(() => first.items.length, soon).toBe(2);
    await first.items[0]?.done();
    await expect.poll(() => first.items.length, soon).toBe(3);
    await first.leave();
    const next = current.take(other, { onItem: dealtWith });

    await expect.poll(() => next.items.map(({ body }) => body).sort(), soon).toEqual(['2', '3', '4']);
  });

  test('gives out again what could not be dealt with, in the time that was asked for, and the others meanwhile', async () => {
    const { inbox, put } = current.it;
    const bodies: string[] = [];
    const since = performance.now();
    let againAtMs = 0;
    current.take(inbox, {
      atOnceMax: 1,
      onItem: (item) => {
        const isFirst = item.body === 'later' && !bodies.includes('later');
        bodies.push(item.body);
        if (item.body === 'later') againAtMs = performance.now() - since;

        return isFirst ? item.again(1_000) : item.done();
      },
    });
    for (const body of ['later', '2', '3']) await put({ type: 'a', body });
    await expect.poll(() => bodies, soon).toEqual(['later', '2', '3', 'later']);

    // Timers count whole milliseconds from the one that is under way: they may go off a part of one early.
    expect(againAtMs).toBeGreaterThan(1_000 - 1);
  });

  test('what was dealt with after its taker had left is not given out again', async () => {
    const { inbox, other, put } = current.it;
    for (const body of ['1', '2']) await put({ type: 'a', body });
    const first = current.take(inbox);
    await expect.poll(() => first.items.length, soon).toBe(2);
    await first.leave();
    await first.items[0]?.done();
    const next = current.take(other, { onItem: dealtWith });

    await expect.poll(() => next.items.map(({ body }) => body), soon).toEqual(['2']);
  });
}

function takerOf(inbox: EventInbox, { atOnceMax = 10, onItem = () => undefined }: Manner = {}): Taker {
  const items: InboxItem[] = [];
  const handled: unknown[] = [];
  const leaving = new AbortController();
  const ended = (async () => {
    for await (const item of inbox.take({ signal: leaving.signal, atOnceMax })) {
      items.push(item);
      handled.push(onItem(item));
    }
  })();

  return {
    items,
    leave: async () => {
      leaving.abort();
      await ended;
      await Promise.all(handled);
    },
  };
}
