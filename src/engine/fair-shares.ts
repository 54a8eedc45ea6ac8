export type Claims = {
  readonly shardCount: number;
  /** The engines that share all shards. */
  readonly members: Iterable<string>;
  /** Who works on a shard now; others than members may, too. */
  readonly owners: ReadonlyMap<number, string>;
  /** Shards that their owner had better keep, if it has to give any away. */
  readonly stays?: ReadonlySet<number>;
};

/**
 * Which member should work on each shard, by shard; empty without members. Every shard has one target, no member has
 * two more than another, and no more shards change hands than that takes. Who sees the same comes to the same.
 */
export function fairShares({ shardCount, members, owners, stays = new Set() }: Claims): readonly string[] {
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  const ordered = [
    ...shards.filter((shard) => stays.has(shard)),
    ...shards.filter((shard) => !stays.has(shard)),
  ];
  const held = new Map([...new Set(members)].sort().map((member): [string, number[]] => [member, []]));
  for (const shard of ordered) held.get(owners.get(shard) ?? '')?.push(shard);
  // The larger shares go to those who have most: so the fewest shards move. The sort is stable: ties go by name.
  const bySize = [...held].sort(([, a], [, b]) => b.length - a.length);
  const least = Math.floor(shardCount / bySize.length);
  const larger = shardCount % bySize.length;

  const kept = bySize.map(([member, mine], index) => {
    const share = index < larger ? least + 1 : least;
    return { member, mine: mine.slice(0, share), room: Math.max(share - mine.length, 0) };
  });
  const targets = new Map(kept.flatMap(({ member, mine }) => mine.map((shard) => [shard, member])));
  const room = kept.flatMap(({ member, room: left }) => Array.from({ length: left }, () => member));
  for (const shard of shards) {
    const next = targets.has(shard) ? undefined : room.shift();
    if (next !== undefined) targets.set(shard, next);
  }

  return shards.flatMap((shard) => targets.get(shard) ?? []);
}
