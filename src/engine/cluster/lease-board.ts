import type { Holder } from '../../ports/runs/leases.ts';
import { isMemberKey, shardIn } from './lease-keys.ts';

/** What is known of the leases of all engines. */
export type LeaseBoard = {
  /** A lease was taken, given up or ended. */
  readonly told: (key: string, holder: Holder | undefined) => void;
  /** Takes over what is read now, which tells what was missed; not if something was told in the meantime. */
  readonly refresh: (read: () => Promise<ReadonlyMap<string, Holder>>) => Promise<void>;
  readonly holderOf: (shard: number) => Holder | undefined;
  /** The engines that share all shards. */
  readonly members: () => readonly Holder[];
};

export function createLeaseBoard(): LeaseBoard {
  let shards = new Map<number, Holder>();
  let members = new Map<string, Holder>();
  let changes = 0;

  function put(key: string, holder: Holder | undefined): void {
    const shard = shardIn(key);
    if (shard !== undefined) set(shards, shard, holder);
    else if (isMemberKey(key)) set(members, key, holder);
  }

  return {
    told: (key, holder) => {
      changes += 1;
      put(key, holder);
    },
    refresh: async (read) => {
      const before = changes;
      const holders = await read();
      if (changes !== before) return;
      shards = new Map();
      members = new Map();
      for (const [key, holder] of holders) put(key, holder);
    },
    holderOf: (shard) => shards.get(shard),
    members: () => [...members.values()],
  };
}

function set<Key>(known: Map<Key, Holder>, key: Key, holder: Holder | undefined): void {
  if (holder === undefined) known.delete(key);
  else known.set(key, holder);
}
