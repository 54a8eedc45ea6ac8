import type { Clock } from '../../ports/clock.ts';
import type { Holder } from '../../ports/runs/leases.ts';

const shardPrefix = 'shard.';

const memberPrefix = 'engine.';

const nameCharsMax = 48;

/** The key of the lease that one among the engines holds: the one that looks after triggers. */
export const triggersLease = 'triggers';

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

/** The key of a shard's lease. */
export function leaseKeyOf(shard: number): string {
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

/** Which leases were renewed not long ago: an old one may be about to end, and somebody else may follow. */
export type LeaseAge = {
  /** The lease was taken or renewed; `sentAt` is when that was asked for, because the store counts from later. */
  readonly renewed: (shard: number, sentAt: number) => void;
  readonly isFresh: (shard: number) => boolean;
  /** Since when it has been fresh without a break; now, while it is not. */
  readonly sinceMs: (shard: number) => number;
  readonly forget: (shard: number) => void;
};

type Mark = { readonly sentAt: number; readonly freshSinceMs: number; readonly cancel: () => void };

export function createLeaseAge(clock: Clock, freshMs: number): LeaseAge {
  const marks = new Map<number, Mark>();

  function isFresh(shard: number): boolean {
    const mark = marks.get(shard);
    return mark !== undefined && clock.steady() - mark.sentAt < freshMs;
  }

  function sinceMs(shard: number): number {
    const now = clock.steady();
    return isFresh(shard) ? Math.min(marks.get(shard)?.freshSinceMs ?? now, now) : now;
  }

  function forget(shard: number): void {
    marks.get(shard)?.cancel();
    marks.delete(shard);
  }

  return {
    renewed: (shard, sentAt) => {
      const freshSinceMs = sinceMs(shard);
      forget(shard);
      const leftMs = Math.min(Math.max(sentAt + freshMs - clock.steady(), 0), freshMs);
      // The timer sees what a clock that is set back hides; the clock sees what a process that was stopped has missed.
      marks.set(shard, { sentAt, freshSinceMs, cancel: clock.after(leftMs, () => forget(shard)) });
    },
    isFresh,
    sinceMs,
    forget,
  };
}
