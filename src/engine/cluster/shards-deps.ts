import type { Clock } from '../../ports/clock.ts';
import type { Holder, Leases } from '../../ports/runs/leases.ts';

/** What the shards of a node are made of. */
export type ShardsDeps = {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly holder: Holder;
  readonly shardCount: number;
  /** Whether a holder is known to be dead, so that its lease need not run out. */
  readonly isDead: (holder: Holder) => boolean;
  /** What is done for one shard is done one after another. When this rejects, the shard is given back. */
  readonly onClaimed: (shard: number) => Promise<void>;
  /** The lease had ended without our knowing and is ours again: another may have held the shard in between. */
  readonly onRegained: (shard: number) => Promise<void>;
  /** Another node holds the shard, and may have held it for a while. */
  readonly onLost: (shard: number) => Promise<void>;
  /** The shard is being given to whoever takes it: nobody else holds it yet. */
  readonly onGiven: (shard: number) => Promise<void>;
  /** Called every time the leases were renewed: the time to try again what failed. */
  readonly onRound: () => void;
  /** Called when attempts may begin that had to wait for their shard. */
  readonly onMayBegin: () => void;
  /** Resolves when no attempt of a run of the shard is under way. */
  readonly whenQuiet: (shard: number) => Promise<void>;
  readonly onTrouble: (error: unknown) => void;
};
