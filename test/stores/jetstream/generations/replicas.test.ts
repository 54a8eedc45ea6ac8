// The next generation counts only once each of its replicas says by itself that it holds every message: what the leader
// says of them is too early. Method: a link that answers every request at once, and for which each takes a second.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Link } from '../../../../src/stores/jetstream/connection/link.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import type { CarryOver } from '../../../../src/stores/jetstream/generations/carry.ts';
import { withGeneration } from '../../../../src/stores/jetstream/generations/generation-state.ts';
import { protect } from '../../../../src/stores/jetstream/generations/next-stream.ts';

const MESSAGES = 40_000;
const SERVERS = ['n1', 'n2', 'n3'];
const to = 'WF_DEMO_JOURNAL_2';
const carrier = 'c1';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/**
 * A cluster that says from the beginning that its replicas are current, and puts consumers on each in turn. The
 * last one lacks a message until it was asked so many times.
 */
function createCluster({ wholeAfter }: { readonly wholeAfter: number }) {
  let asked = 0;
  const rounds = () => Math.floor(asked / SERVERS.length);
  const state = { generation: 2, phase: 'carrying', carrier, created: '', carriedTo: 0, absent: 0 } as const;
  const config = withGeneration({ name: to }, { ...state, at: '' });
  const replicas = SERVERS.slice(1).map((name) => ({ name, current: true, lag: 0 }));
  const info = {
    config,
    state: { messages: MESSAGES, last_seq: MESSAGES },
    cluster: { leader: 'n1', replicas },
  };
  const answer = (verb: string): object => {
    if (!verb.startsWith('CONSUMER.CREATE.')) return info;
    vi.advanceTimersByTime(1_000);
    const leader = SERVERS[asked++ % SERVERS.length] ?? '';
    const isWhole = leader !== 'n3' || rounds() > wholeAfter;

    return { cluster: { leader }, num_pending: isWhole ? MESSAGES : MESSAGES - 1 };
  };
  const link: Pick<Link, 'isUp' | 'onDown' | 'api' | 'lastProblem'> = {
    isUp: () => true,
    onDown: () => () => undefined,
    api: async <Response>(verb: string) => answer(verb) as Response,
    lastProblem: () => undefined,
  };
  const carrying = { link: link as Link, names: namesOf('demo'), from: 'WF_DEMO_JOURNAL', to, carrier };

  return {
    carrying: { ...carrying, without: new Map(), begin: async () => undefined } satisfies CarryOver,
    rounds,
  };
}

test('a replica that the leader calls current is asked until it holds every message', async () => {
  const { carrying, rounds } = createCluster({ wholeAfter: 3 });
  await protect(carrying, 3);

  expect(rounds()).toBe(4);
});

test('where a replica does not get every message in time the journal stays as it is', async () => {
  const { carrying } = createCluster({ wholeAfter: Number.POSITIVE_INFINITY });

  await expect(protect(carrying, 3)).rejects.toThrow(/did not copy the journal within 15 s/);
});
