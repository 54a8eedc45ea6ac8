// How nodes that work on everything share the shards while they come, leave, die and are held up. Method: the shards of
// several nodes on the same leases in memory, with a clock that only the test moves.
import { expect, test } from 'vitest';
import type { ShardsDeps } from '../../../src/engine/cluster/renewals.ts';
import { createShards, type Shards } from '../../../src/engine/cluster/shards.ts';
import { createMemoryLeases } from '../../../src/stores/memory/leases.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const shardCount = 16;
const runs = Array.from({ length: 100 }, (_, index) => `run-${index}`);

function createWorld() {
  const clock = createManualClock();
  const leases = createMemoryLeases(clock);
  const dead = new Set<string>();
  const lost: string[] = [];

  const open = (node: string, planted: Partial<ShardsDeps> = {}): Promise<Shards> =>
    createShards({
      leases,
      clock,
      shardCount,
      holder: { node, host: 'here', pid: 1 },
      isDead: (holder) => dead.has(holder.node),
      onClaimed: () => Promise.resolve(),
      onRegained: () => Promise.resolve(),
      onLost: async (shard) => void lost.push(`${node} ${shard}`),
      onGiven: async (shard) => void lost.push(`${node} ${shard}`),
      onRound: () => undefined,
      onMayBegin: () => undefined,
      whenQuiet: () => Promise.resolve(),
      onTrouble: (error) => {
        throw error;
      },
      ...planted,
    });
  const join = async (node: string, planted: Partial<ShardsDeps> = {}): Promise<Shards> => {
    const shards = await open(node, planted);
    await shards.share();
    await settled();
    return shards;
  };
  /** Lets one round of renewals take place, and what follows from it. */
  const round = async (): Promise<void> => {
    clock.advance(leases.ttlMs / 3);
    await settled();
  };

  return { clock, leases, dead, lost, open, join, round, counts: () => countsIn(leases) };
}

/** How many shards each node holds. */
async function countsIn(leases: ReturnType<typeof createMemoryLeases>) {
  const counts: Record<string, number> = {};
  for (const [key, { node }] of await leases.holders()) {
    if (key.startsWith('shard.')) counts[node] = (counts[node] ?? 0) + 1;
  }

  return counts;
}

/** Everything that happens without the clock has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Leases of a node that died without a word: nothing is renewed, and nothing is heard. */
function dying(leases: ShardsDeps['leases']) {
  let isAlive = true;
  const hang = new Promise<never>(() => undefined);
  const planted: ShardsDeps['leases'] = {
    ...leases,
    claim: (...asked) => (isAlive ? leases.claim(...asked) : hang),
    renew: (...asked) => (isAlive ? leases.renew(...asked) : hang),
    watch: (onChange, signal) =>
      leases.watch((key, holder) => {
        if (isAlive) onChange(key, holder);
      }, signal),
  };

  const die = (): void => {
    isAlive = false;
  };

  return { planted, die };
}

test('each that joins gets a fair share, and what did not have to move stayed', async () => {
  const world = createWorld();
  await world.join('one');
  expect(await world.counts()).toEqual({ one: 16 });
  await world.join('two');
  expect(await world.counts()).toEqual({ one: 8, two: 8 });
  await world.join('three');

  expect(await world.counts()).toEqual({ one: 6, two: 5, three: 5 });
  expect(world.lost).toHaveLength(8 + 5);
  for (let rounds = 0; rounds < 6; rounds += 1) await world.round();
  expect(world.lost).toHaveLength(8 + 5);
});

test('the share of one that leaves is taken at once', async () => {
  const world = createWorld();
  const one = await world.join('one');
  await world.join('two');
  await one.drain(1_000);
  await one.release();
  await settled();

  expect(await world.counts()).toEqual({ two: 16 });
});

test('the share of one that died is taken when its leases end, without waiting for a round', async () => {
  const world = createWorld();
  const { planted, die } = dying(world.leases);
  await world.join('one', { leases: planted });
  await world.join('two');
  die();
  world.clock.advance(world.leases.ttlMs);
  await settled();

  expect(await world.counts()).toEqual({ two: 16 });
});

test('the share of one that is known to be dead is taken in the next round', async () => {
  const world = createWorld();
  const { planted, die } = dying(world.leases);
  await world.join('one', { leases: planted });
  await world.join('two');
  die();
  world.dead.add('one');
  await world.round();

  expect(await world.counts()).toEqual({ two: 16 });
});

test('one that works on a single run keeps its shard, and counts for nothing else', async () => {
  const world = createWorld();
  const single = await world.open('single');
  expect(await single.claimFor('run-1')).toBe(true);
  await world.join('one');
  await world.join('two');
  for (let rounds = 0; rounds < 6; rounds += 1) await world.round();
  expect(Object.values(await world.counts()).sort()).toEqual([1, 7, 8]);

  await single.stopClaiming();
  await single.release();
  await settled();
  expect(await world.counts()).toEqual({ one: 8, two: 8 });
});

test('a shard in which something long is under way stays for now, and another goes instead', async () => {
  const world = createWorld();
  const never = new Promise<void>(() => undefined);
  await world.join('one', { whenQuiet: (shard) => (shard < 12 ? Promise.resolve() : never) });
  await world.join('two');
  expect(await world.counts()).toEqual({ one: 12, two: 4 });

  for (let rounds = 0; rounds < 4; rounds += 1) await world.round();
  expect(await world.counts()).toEqual({ one: 8, two: 8 });
  const held = await world.leases.holders();
  expect([12, 13, 14, 15].map((shard) => held.get(`shard.${shard}`)?.node)).toEqual(Array(4).fill('one'));
});

test('a store that forgot all leases in a restart does not give everything to whoever notices first', async () => {
  const world = createWorld();
  await world.join('one');
  await world.join('two');
  const before = await world.leases.holders();
  await Promise.all([...before].map(([key, holder]) => world.leases.evict(key, holder)));
  await settled();
  expect(await world.counts()).toEqual({});
  await world.round();

  expect(await world.leases.holders()).toEqual(before);
  expect(world.lost).toHaveLength(8);
});

test('nothing begins under a lease that is old, and it goes on once the lease is renewed', async () => {
  const world = createWorld();
  const one = await world.join('one');
  expect(one.mayBegin('run-1')).toBe(true);
  const renew = world.leases.renew;
  world.leases.renew = () => Promise.reject(new Error('no answer'));
  world.clock.advance(world.leases.ttlMs * 0.6 - 1);
  await settled();
  expect(one.mayBegin('run-1')).toBe(true);
  world.clock.advance(1);
  expect(one.mayBegin('run-1')).toBe(false);

  world.leases.renew = renew;
  await world.round();
  expect(one.mayBegin('run-1')).toBe(true);
});

test('one that was paused for longer than its leases last lets go, and begins nothing before it has', async () => {
  const world = createWorld();
  const { planted, die } = dying(world.leases);
  const paused = await world.join('one', { leases: planted });
  await world.join('two');
  const mine = runs.filter((run) => paused.owns(run));
  die();
  world.clock.advance(world.leases.ttlMs);
  await settled();

  expect(mine.length).toBeGreaterThan(0);
  expect(mine.filter((run) => paused.mayBegin(run))).toEqual([]);
  expect(await world.counts()).toEqual({ two: 16 });
});

test('the start of attempts is held up for one try to give a busy shard away, not for one try after another', async () => {
  const world = createWorld();
  const one = await world.join('one', { whenQuiet: () => new Promise(() => undefined) });
  await world.join('two');
  const heldUp = (): number => runs.filter((run) => !one.mayBegin(run)).length;
  expect(heldUp()).toBeGreaterThan(0);
  // Every shard is tried once, which takes 10 s for each half of them, and then left in peace for 60 s.
  for (let rounds = 0; rounds < 8; rounds += 1) await world.round();
  const seen: number[] = [];
  for (let rounds = 0; rounds < 8; rounds += 1) {
    seen.push(heldUp());
    await world.round();
  }

  expect(seen).toEqual(Array(8).fill(0));
});

test('a shard that was being claimed when a drain began is given away like any other', async () => {
  const world = createWorld();
  const worked = new Set<number>();
  let goOn: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const one = await world.open('one', {
    onClaimed: async (shard) => {
      worked.add(shard);
      if (shard === 3) await slow;
    },
    onGiven: async (shard) => void worked.delete(shard),
    whenQuiet: (shard) => (shard === 5 ? new Promise(() => undefined) : Promise.resolve()),
  });
  const shared = one.share();
  await settled();
  const drained = one.drain(10_000);
  goOn();
  await settled();
  expect([...worked]).toEqual([5]);
  expect(await world.counts()).toEqual({ one: 1 });

  world.clock.advance(10_000);
  await Promise.all([drained, shared]);
  expect([...worked]).toEqual([]);
});
