import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { knownFeatures } from '../../machines/feature-gates.ts';
import { shardOf } from '../../machines/shard.ts';
import { versionText } from '../cli/version.ts';
import { leaseKeyOf } from '../engine/cluster/lease-board.ts';
import { isGone, thisPlace } from '../files/process-here.ts';
import type { Holder, Leases } from '../ports/runs/leases.ts';

/** Names this process among the engines. */
export function thisHolder(): Holder {
  return {
    node: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    host: thisPlace(),
    pid: process.pid,
    release: versionText(),
    understands: knownFeatures,
  };
}

/** A holder on this machine whose process is gone has died without giving its leases back. */
export function isDeadHere({ host, pid }: Holder): boolean {
  return host === thisPlace() && isGone(pid);
}

/** Which runs an engine works on that is alive, as far as can be told from here. */
export async function ownedNow({
  leases,
}: {
  readonly leases: Pick<Leases, 'holders'>;
}): Promise<(run: string) => boolean> {
  const holders = await leases.holders();

  return (run) => {
    const holder = holders.get(leaseKeyOf(shardOf(run)));
    return holder !== undefined && !isDeadHere(holder);
  };
}
