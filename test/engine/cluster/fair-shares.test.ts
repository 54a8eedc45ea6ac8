// Who should work on which shard. Method: a table of small worlds, then any world at all: every shard has one target,
// shares differ by one at most, as few shards move as that takes, and once it is so nothing moves any more.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fairShares } from '../../../src/engine/cluster/shards.ts';

/** `aab.`: shards 0 and 1 are a's, 2 is b's, 3 is nobody's. */
function targets(members: string, owners: string, stays: readonly number[] = []): string {
  const held = [...owners].flatMap((name, shard) => (name === '.' ? [] : [[shard, name] as const]));

  return fairShares({
    shardCount: owners.length,
    members,
    owners: new Map(held),
    stays: new Set(stays),
  }).join('');
}

test.each([
  { what: 'one takes everything', members: 'a', owners: '....', gives: 'aaaa' },
  { what: 'two begin together', members: 'ab', owners: '....', gives: 'aabb' },
  { what: 'one joins', members: 'ab', owners: 'aaaa', gives: 'aabb' },
  { what: 'a third joins', members: 'abc', owners: 'aabb', gives: 'aabc' },
  { what: 'the larger share stays with who has most', members: 'ab', owners: 'abbba', gives: 'abbba' },
  { what: 'one leaves', members: 'ac', owners: 'aabbcc', gives: 'aaaccc' },
  { what: 'one that is no member holds a shard', members: 'ab', owners: 'aax.bb', gives: 'aaabbb' },
  { what: 'more engines than shards', members: 'abc', owners: 'aa', gives: 'ab' },
  { what: 'nobody is there', members: '', owners: 'aa', gives: '' },
])('$what', ({ members, owners, gives }) => {
  expect(targets(members, owners)).toBe(gives);
});

test('what had better stay stays, and others go instead', () => {
  expect(targets('ab', 'aaaa', [2, 3])).toBe('bbaa');
  expect(targets('ab', 'aaaa', [1, 2, 3])).toBe('baab');
});

const world = fc.record({
  shardCount: fc.integer({ min: 1, max: 70 }),
  members: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1 }),
  owners: fc.dictionary(fc.nat(69), fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'stranger')),
  stays: fc.array(fc.nat(69)),
});

test('in any world the shares are fair, the fewest shards move, and then nothing moves any more', () => {
  fc.assert(
    fc.property(world, ({ shardCount, members, owners: given, stays }) => {
      const held = Object.entries(given).map(([shard, name]) => [Number(shard), name] as const);
      const owners = new Map(held.filter(([shard]) => shard < shardCount));
      const claims = { shardCount, members, owners, stays: new Set(stays) };
      const shares = fairShares(claims);
      const counts = members.map((member) => shares.filter((target) => target === member).length);
      expect(shares).toHaveLength(shardCount);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(shardCount);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);

      const moved = [...owners].filter(
        ([shard, name]) => (members as readonly string[]).includes(name) && shares[shard] !== name,
      );
      expect(moved).toHaveLength(fewestMoves(shardCount, members, owners));
      const settled = new Map(shares.map((target, shard) => [shard, target]));
      expect(fairShares({ ...claims, owners: settled })).toEqual(shares);
      expect(fairShares({ ...claims, members: [...members].reverse() })).toEqual(shares);
    }),
  );
});

/** Everybody gives away what is more than a fair share; as many as possible have the larger one. */
function fewestMoves(
  shardCount: number,
  members: readonly string[],
  owners: ReadonlyMap<number, string>,
): number {
  const least = Math.floor(shardCount / members.length);
  const over = members
    .map((member) => [...owners.values()].filter((name) => name === member).length - least)
    .filter((more) => more > 0);
  const spared = Math.min(over.length, shardCount % members.length);

  return over.reduce((sum, more) => sum + more, 0) - spared;
}
