// Which shards a node holds while leases are lost, given back and fought for, and while the store fails now and then.
// Method: shards on leases in memory, with a clock that only the test moves; what goes wrong is planted in the leases.
import { expect, test } from 'vitest';
import type { ShardsDeps } from '../../../src/engine/cluster/renewals.ts';
import { createShards } from '../../../src/engine/cluster/shards.ts';
import type { Holder } from '../../../src/ports/runs/leases.ts';
import { createMemoryLeases } from '../../../src/stores/memory/leases.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const one: Holder = { node: 'one', host: 'here', pid: 1 };
const two: Holder = { node: 'two', host: 'there', pid: 2 };
const run = 'run-1';

async function open(planted: Partial<ShardsDeps> = {}) {
  const clock = createManualClock();
  const leases = createMemoryLeases(clock);
  const told: string[] = [];
  const tell = (what: string) => async () => {
    told.push(what);
  };
  const shards = await createShards({
    leases,
    clock,
    holder: one,
    shardCount: 64,
    isDead: () => false,
    onClaimed: tell('claimed'),
    onRegained: tell('regained'),
    onLost: tell('lost'),
    onGiven: tell('lost'),
    onRound: () => undefined,
    onMayBegin: () => undefined,
    whenQuiet: () => Promise.resolve(),
    onTrouble: (error) => told.push(String(error)),
    ...planted,
  });
  const keyHeld = async () =>
    [...(await leases.holders()).keys()].find((key) => key.startsWith('shard.')) ?? '';
  /** Lets one round of renewals take place, and what follows from it. */
  const round = async () => {
    clock.advance(leases.ttlMs / 3);
    await settled();
  };

  return { clock, leases, told, shards, keyHeld, round };
}

/** Everything that happens without the clock has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function gate() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });

  return { open: () => open(), passed };
}

test('a shard is not lost with one answer to a renewal', async () => {
  const { leases, told, shards, round } = await open();
  await shards.claimFor(run);
  const renew = leases.renew;
  leases.renew = async (...asked) => {
    leases.renew = renew;
    await renew(...asked);
    throw new Error('the answer is lost');
  };
  await round();
  await round();

  expect(shards.owns(run)).toBe(true);
  expect(told).toEqual(['claimed', 'regained']);
  await round();
  expect(told).toHaveLength(2);
});

test('a shard is not lost when the server forgets its leases in a restart', async () => {
  const { leases, told, shards, keyHeld, round } = await open();
  await shards.claimFor(run);
  await leases.evict(await keyHeld(), one);
  await round();

  expect(shards.owns(run)).toBe(true);
  expect(told).toEqual(['claimed', 'regained']);
  expect([...(await leases.holders()).values()]).toEqual([one]);
});

test('a shard is lost when another holds it, and claimed again when that one leaves', async () => {
  const { leases, told, shards, keyHeld, round } = await open();
  await shards.claimFor(run);
  const key = await keyHeld();
  await leases.evict(key, one);
  const token = (await leases.claim(key, two)) ?? 0;
  await round();
  expect(shards.owns(run)).toBe(false);

  await leases.release(key, token);
  await settled();
  expect(shards.owns(run)).toBe(true);
  expect(told).toEqual(['claimed', 'lost', 'claimed']);
});

test('a shard that becomes free while it is being let go is claimed only afterwards', async () => {
  const order: string[] = [];
  const letGo = gate();
  const { leases, shards, keyHeld, round } = await open({
    onClaimed: async () => void order.push('claimed'),
    onLost: async () => {
      order.push('losing');
      await letGo.passed;
      order.push('lost');
    },
  });
  await shards.claimFor(run);
  const key = await keyHeld();
  await leases.evict(key, one);
  const token = (await leases.claim(key, two)) ?? 0;
  await round();
  await leases.release(key, token);
  await settled();
  letGo.open();
  await settled();

  expect(order).toEqual(['claimed', 'losing', 'lost', 'claimed']);
});

test('a shard that cannot be served is given back, and claimed again in the next round and not before', async () => {
  let times = 0;
  const { leases, told, shards, round } = await open({
    onClaimed: async () => {
      times += 1;
      if (times === 1) throw new Error('no subscription');
    },
  });

  expect(await shards.claimFor(run)).toBe(false);
  await settled();
  expect((await leases.holders()).size).toBe(0);
  expect(times).toBe(1);
  await round();
  expect(shards.owns(run)).toBe(true);
  expect(told).toEqual(['Error: no subscription']);
});

test('the other leases are renewed while one shard is being let go', async () => {
  const { leases, shards, keyHeld, round } = await open({ onLost: () => new Promise(() => undefined) });
  await shards.share();
  const key = await keyHeld();
  await leases.evict(key, one);
  await leases.claim(key, two);
  for (let rounds = 0; rounds < 6; rounds++) await round();

  const held = [...(await leases.holders())].filter(([key]) => key.startsWith('shard.'));
  expect(held.filter(([, { node }]) => node === 'one')).toHaveLength(63);
});

test('a claim that fails is made again in the next round', async () => {
  const { leases, told, shards, round } = await open();
  const claim = leases.claim;
  leases.claim = () => Promise.reject(new Error('busy'));
  expect(await shards.claimFor(run)).toBe(false);
  await round();
  leases.claim = claim;
  await round();

  expect(shards.owns(run)).toBe(true);
  expect(told).toEqual(['Error: busy', 'claimed']);
});

test('a lease that is gained while the node stops is given back', async () => {
  const { leases, told, shards, clock } = await open();
  const claim = leases.claim;
  const slow = gate();
  leases.claim = async (...asked) => {
    await slow.passed;
    return claim(...asked);
  };
  const claimed = shards.claimFor(run);
  await settled();
  const stopped = shards.stopClaiming().then(shards.release);
  clock.advance(2_000);
  await stopped;
  slow.open();

  expect(await claimed).toBe(false);
  expect((await leases.holders()).size).toBe(0);
  expect(told).toEqual([]);
});

test('leases are held and renewed until they are released', async () => {
  const { leases, shards, round } = await open();
  await shards.claimFor(run);
  await shards.stopClaiming();
  for (let rounds = 0; rounds < 6; rounds++) await round();
  expect((await leases.holders()).size).toBe(1);

  await shards.release();
  expect((await leases.holders()).size).toBe(0);
});

test('a store that does not answer holds a release up for 2 s and no longer', async () => {
  const { leases, shards, clock } = await open();
  await shards.claimFor(run);
  leases.release = () => new Promise(() => undefined);
  const released = shards.release();
  await settled();
  clock.advance(2_000);

  await released;
  expect(shards.owns(run)).toBe(false);
});

test('nothing begins in a shard that is ours again before it is known what another did there', async () => {
  const known = gate();
  const { leases, shards, keyHeld, round } = await open({ onRegained: () => known.passed });
  await shards.claimFor(run);
  await leases.evict(await keyHeld(), one);
  for (let rounds = 0; rounds < 3; rounds++) {
    await round();
    expect(shards.mayBegin(run)).toBe(false);
  }
  known.open();
  await settled();
  await round();

  expect(shards.mayBegin(run)).toBe(true);
});

test('a shard of which it cannot be known what another did there is given back, and claimed anew', async () => {
  const { leases, told, shards, keyHeld, round } = await open({
    onRegained: () => Promise.reject(new Error('the journal is away')),
  });
  await shards.claimFor(run);
  await leases.evict(await keyHeld(), one);
  await round();
  await round();

  expect(told).toEqual(['claimed', 'lost', 'Error: the journal is away', 'claimed']);
  expect(shards.mayBegin(run)).toBe(true);
});

test('a lease whose renewal is not answered is asked for once, and the others are renewed in time', async () => {
  const { leases, shards, keyHeld, round } = await open();
  await shards.share();
  const [slow, renew] = [await keyHeld(), leases.renew];
  let asked = 0;
  leases.renew = (key, ...more) => {
    if (key !== slow) return renew(key, ...more);
    asked += 1;
    return new Promise(() => undefined);
  };
  const ended = new Set<string>();
  const onChange = (key: string, holder?: Holder) => void (holder === undefined && ended.add(key));
  await leases.watch(onChange, new AbortController().signal);
  for (let rounds = 0; rounds < 6; rounds++) await round();

  expect(ended).toEqual(new Set([slow]));
  expect(asked).toBe(1);
});
