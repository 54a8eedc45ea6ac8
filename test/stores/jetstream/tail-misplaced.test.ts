// A cluster that never puts a consumer where it is wanted is asked again and again, with longer and longer pauses, as
// long as there is a connection to it.
// Method: a link that answers every request at once, and timers that only the test moves.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Link } from '../../../src/stores/jetstream/connection/link.ts';
import { tail } from '../../../src/stores/jetstream/journal/tail-session.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A cluster whose leader is one, and which puts every consumer on another. */
function createCluster() {
  let isClosed = false;
  let consumers = 0;
  const answer = (verb: string): object => {
    if (verb.startsWith('STREAM.INFO.')) return { cluster: { name: 'c', leader: 'one' } };
    if (verb.startsWith('CONSUMER.CREATE.')) consumers += 1;

    return { num_pending: 0, cluster: { leader: 'two' } };
  };
  const link: Pick<Link, 'isUp' | 'inbox' | 'onDown' | 'api' | 'lastProblem'> & {
    readonly connection: object;
  } = {
    connection: {
      subscribe: () => ({ unsubscribe: () => undefined, closed: new Promise(() => undefined) }),
      isClosed: () => isClosed,
    },
    inbox: () => '_INBOX.test',
    isUp: () => !isClosed,
    onDown: () => () => undefined,
    api: async <Response>(verb: string) => answer(verb) as Response,
    lastProblem: () => undefined,
  };

  const close = (): void => {
    isClosed = true;
  };

  return { link: link as unknown as Link, consumers: () => consumers, close };
}

test('a consumer that is never with the leader is made a few times at once, and then a few times a second', async () => {
  const { link, consumers } = createCluster();
  const stop = new AbortController();
  const from = { kind: 'last-of-each' } as const;
  const options = { stream: 's', filter: '>', from, current: true, givesUp: false, signal: stop.signal };
  const ended = tail(link, options).next();
  await vi.advanceTimersByTimeAsync(100);
  expect(consumers()).toBeGreaterThan(3);
  await vi.advanceTimersByTimeAsync(20_000);
  const before = consumers();
  await vi.advanceTimersByTimeAsync(10_000);

  expect(consumers() - before).toBeGreaterThan(0);
  expect(consumers() - before).toBeLessThan(10_000 / 125 + 2);
  stop.abort();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await ended).toMatchObject({ done: true });
});

test('who waits for a consumer with the leader is told when the connection is closed', async () => {
  const { link, consumers, close } = createCluster();
  const from = { kind: 'last-of-each' } as const;
  const ended = tail(link, { stream: 's', filter: '>', from, current: true, givesUp: false }).next();
  const said = expect(ended).rejects.toThrow(/closed connection/);
  await vi.advanceTimersByTimeAsync(100);
  close();
  const before = consumers();
  await vi.advanceTimersByTimeAsync(1_000);

  await said;
  expect(consumers()).toBe(before);
});
