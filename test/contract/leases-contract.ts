import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Holder, Leases } from '../../src/ports/runs/leases.ts';

export type OpenLeases = {
  readonly leases: Leases;
  /** The same leases as another process sees them. */
  readonly other: Leases;
  /** Lets so much time pass that every lease that is not renewed has expired. */
  readonly letExpire: () => Promise<void>;
  readonly close: () => Promise<void>;
};

type Current = { it: OpenLeases };

const one: Holder = { node: 'one', host: 'host-a', pid: 1 };
const two: Holder = { node: 'two', host: 'host-b', pid: 2 };

/** What every implementation of the leases port promises. */
export function leasesContract(open: () => Promise<OpenLeases>): void {
  const current: Current = { it: undefined as unknown as OpenLeases };
  beforeEach(async () => {
    current.it = await open();
  });
  afterEach(() => current.it.close());

  claiming(current);
  claimingAgain(current);
  givingUp(current);
  expiring(current);
  watching(current);
}

function claiming(current: Current): void {
  test('gives a lease to one holder and refuses the next, however many ask at once', async () => {
    const { leases, other } = current.it;
    const keys = Array.from({ length: 64 }, (_, shard) => `shard.${shard}`);
    const tokens = await Promise.all(
      keys.map((key) => Promise.all([leases.claim(key, one), other.claim(key, two)])),
    );

    expect(tokens.map((pair) => pair.filter((token) => token !== undefined).length)).toEqual(
      keys.map(() => 1),
    );
    const held = await leases.holders();
    expect(keys.map((key) => held.get(key))).toEqual(
      tokens.map(([mine]) => (mine === undefined ? two : one)),
    );
  });

  test('tells who holds what as of now, also what another process took in this moment', async () => {
    const { leases, other } = current.it;
    for (let shard = 0; shard < 20; shard++) {
      await other.claim(`shard.${shard}`, two);

      expect((await leases.holders()).get(`shard.${shard}`)).toEqual(two);
    }
  });

  test('renews with the latest token and refuses an older one', async () => {
    const { leases } = current.it;
    const first = (await leases.claim('a', one)) ?? 0;
    const second = await leases.renew('a', one, first);

    expect(second).not.toBe(first);
    expect(await leases.renew('a', one, first)).toBeUndefined();
    expect(await leases.renew('a', one, second ?? 0)).toBeDefined();
  });
}

function claimingAgain(current: Current): void {
  test('gives a lease again to the node that holds it, which may have lost the answer and the token', async () => {
    const { leases, other } = current.it;
    const lost = (await leases.claim('a', one)) ?? 0;
    const token = (await leases.claim('a', one)) ?? 0;

    expect(await leases.renew('a', one, lost)).toBeUndefined();
    expect(await leases.renew('a', one, token)).toBeDefined();
    expect(await other.claim('a', two)).toBeUndefined();
  });
}

function givingUp(current: Current): void {
  test('gives a released lease to the next at once, and refuses the old token from then on', async () => {
    const { leases, other } = current.it;
    const token = (await leases.claim('a', one)) ?? 0;
    await leases.release('a', token);
    expect(await leases.holders()).toEqual(new Map());

    expect(await other.claim('a', two)).toBeDefined();
    expect(await leases.renew('a', one, token)).toBeUndefined();
    await leases.release('a', token);
    expect(await leases.holders()).toEqual(new Map([['a', two]]));
  });

  test('evicts the holder that is named and no other', async () => {
    const { leases, other } = current.it;
    await leases.claim('a', one);
    await other.evict('a', two);
    expect(await leases.holders()).toEqual(new Map([['a', one]]));

    await other.evict('a', one);
    expect(await other.claim('a', two)).toBeDefined();
    await other.evict('never-held', one);
  });
}

function expiring(current: Current): void {
  test('ends a lease that is not renewed, and the next holder has to renew too', async () => {
    const { leases, other, letExpire } = current.it;
    const token = (await leases.claim('a', one)) ?? 0;
    await letExpire();
    expect(await leases.renew('a', one, token)).toBeUndefined();

    // A lease taken over after an expiry is the one that a server may forget to end.
    expect(await other.claim('a', two)).toBeDefined();
    await letExpire();
    expect(await leases.holders()).toEqual(new Map());
  });
}

function watching(current: Current): void {
  test('tells who holds what, then who takes, gives up and lets expire, until the signal aborts', async () => {
    const { leases, other, letExpire } = current.it;
    const stop = new AbortController();
    const told: [string, string | undefined][] = [];
    const tokenA = (await leases.claim('a', one)) ?? 0;
    await leases.watch((key, holder) => told.push([key, holder?.node]), stop.signal);
    expect(told).toEqual([['a', 'one']]);

    await leases.renew('a', one, tokenA);
    await other.claim('b', two);
    await expect.poll(() => told.at(-1), { timeout: 5_000 }).toEqual(['b', 'two']);
    await letExpire();
    await expect.poll(() => told.length, { timeout: 5_000 }).toBe(4);
    expect(told.slice(0, 2)).toEqual([
      ['a', 'one'],
      ['b', 'two'],
    ]);
    expect(told.slice(2).sort()).toEqual([
      ['a', undefined],
      ['b', undefined],
    ]);

    stop.abort();
    await leases.claim('c', one);
    expect(told).toHaveLength(4);
  });
}
