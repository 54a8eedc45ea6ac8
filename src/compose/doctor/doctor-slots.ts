import { z } from 'zod';
import { shardOf } from '../../../machines/shard.ts';
import type { DoctorLine } from '../../cli/app.ts';
import { leaseKeyOf } from '../../engine/cluster/lease-board.ts';
import type { CheckDeps, DamagedRun } from '../../engine/run-reader/check-runs.ts';
import { createRunReader } from '../../engine/run-reader/run-reader.ts';
import { anyActor } from '../../ports/access/authority.ts';
import { type CommandChannel, NoEngine } from '../../ports/runs/command-channel.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import type { Leases } from '../../ports/runs/leases.ts';
import type { Slots } from '../../ports/work/slots.ts';

export type SlotDeps = CheckDeps & {
  readonly slots: Slots;
  readonly commands: Pick<CommandChannel, 'request'>;
  readonly leases: Pick<Leases, 'holders'>;
};

const answerTimeoutMs = 5_000;
const Refused = z.object({ refusal: z.object({ code: z.literal('run.quarantined') }) });

/** Gives the place of a run to others where no engine goes on with it. */
export async function freeSlot(deps: SlotDeps, damaged: DamagedRun): Promise<readonly DoctorLine[]> {
  const { slots } = deps;
  const { run, view } = damaged;
  const key = view?.state.concurrencyKey;
  if (key === undefined || !(await slots.holders(key)).includes(run)) return [];
  const place = `the place of ${run} among the runs of ${key}`;
  if (!(await isLeftAlone(deps, run))) {
    const detail = `${place} is kept: an engine that does not need the damaged event may go on with the run`;
    return [{ name: 'repair', status: 'warn', detail, fix: `workflow status ${run}` }];
  }
  await slots.release(key, run);

  return [{ name: 'repair', status: 'ok', detail: `${place} is free for others` }];
}

/** An engine may have the run at hand, or fold it from a snapshot behind the damage: then it goes on with it. */
async function isLeftAlone(deps: SlotDeps, run: string): Promise<boolean> {
  const shard = shardOf(run);
  const isOwned = (await deps.leases.holders()).has(leaseKeyOf(shard));

  return isOwned ? isRefusedBy(deps.commands, shard, run) : isQuarantined(deps, run);
}

async function isRefusedBy(commands: SlotDeps['commands'], shard: number, run: string): Promise<boolean> {
  const asked = async () => {
    const request = { kind: 'adopt', id: crypto.randomUUID(), run };
    const options = { as: anyActor, timeoutMs: answerTimeoutMs };
    return Refused.safeParse(await commands.request(shard, request, options)).success;
  };
  try {
    // An engine that has the run at hand looks at its end when asked, and lets go of it: then it reads all of it.
    return (await asked()) || (await asked());
  } catch (error) {
    // Whoever has the lease may be alive all the same.
    if (error instanceof NoEngine) return false;
    throw error;
  }
}

async function isQuarantined(deps: SlotDeps, run: string): Promise<boolean> {
  try {
    await createRunReader(deps).fold(run);
  } catch (error) {
    if (error instanceof RunQuarantined) return true;
    throw error;
  }

  return false;
}
