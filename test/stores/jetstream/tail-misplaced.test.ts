// A cluster that never puts a consumer where it is wanted is asked again and again, with longer and longer pauses.
// Method: a link that answers every request at once, and timers that only the test moves.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Link } from '../../../src/stores/jetstream/connection/link.ts';
import { tail } from '../../../src/stores/jetstream/journal/tail-session.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A cluster whose leader is one, and which puts every consumer on another. */
function createCluster() {
  let consumers = 0;
  const answer = (verb: string): object => {
    if (verb.startsWith('STREAM.INFO.')) return { cluster: { name: 'c', leader: 'one' } };
    if (verb.startsWith('CONSUMER.CREATE.')) consumers += 1;

    return { num_pending: 0, cluster: { leader: 'two' } };
  };
  const link: Pick<Link, 'isUp' | 'inbox' | 'onDown' | 'api' | 'lastProblem'> & {
    readonly connection: object;
  } = {
    connection: { subscribe: () => ({ unsubscribe: () => undefined }) },
    inbox: () => '_INBOX.test',
    isUp: () => true,
    onDown: () => () => undefined,
    api: async <Response>(verb: string) => answer(verb) as Response,
    lastProblem: () => undefined,
  };

  return { link: link as unknown as Link, consumers: () => consumers };
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
