const shardPrefix = 'shard.';
const memberPrefix = 'engine.';
const nameCharsMax = 48;

/** The key of the lease that one among the engines holds: the one that looks after triggers. */
export const triggersLease = 'triggers';

/** The key of a shard's lease. */
export function keyOf(shard: number): string {
  return `${shardPrefix}${shard}`;
}

/** The shard whose lease has this key; undefined for any other key. */
export function shardIn(key: string): number | undefined {
  return key.startsWith(shardPrefix) ? Number(key.slice(shardPrefix.length)) : undefined;
}

/** The key by which an engine says that it takes a share of all shards. What is unique stands last in a node's name. */
export function memberKeyOf(node: string): string {
  const name = node.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '-');

  return `${memberPrefix}${name.slice(-nameCharsMax)}`;
}

/** Whether the lease of this key says that its holder takes a share. */
export function isMemberKey(key: string): boolean {
  return key.startsWith(memberPrefix);
}
