// An engine process of the measurement of several engines: shares the shards with the others, then has so many runs of
// its own shards in flight and tells how many have ended in the time.
import { once } from 'node:events';
import { isFinal } from '../machines/chart/task-status.ts';
import type { Run } from '../machines/run/run.ts';
import { shardOf } from '../machines/shard.ts';
import { thisHolder } from '../src/compose/holder.ts';
import { newRunId } from '../src/compose/session/open-session.ts';
import { leaseKeyOf } from '../src/engine/cluster/lease-board.ts';
import { createNode } from '../src/engine/cluster/node.ts';
import { createWorkflows } from '../src/engine/workflows.ts';
import { connectJetStream } from '../src/stores/jetstream/connect.ts';
import { sequential } from './definitions.ts';
import { engineParts } from './drive-engine.ts';
import type { ToEngine } from './several-engines.ts';

const shardCount = 64;
const url = process.env['NATS_URL'] ?? '';
const namespace = process.env['WORKFLOW_NAMESPACE'] ?? '';
const engines = Number(process.env['ENGINES']);

const stream = await connectJetStream({ url, namespace });
const holder = thisHolder();
const ends = new Map<string, () => void>();
const onChange = ({ state }: Run): void => {
  if (isFinal(state.status)) ends.get(state.run)?.();
};
const { leases, commands } = stream;
const parts = engineParts(stream, onChange);
const node = await createNode({ ...parts, leases, commands, holder, isDead: () => false });
await node.workOnAll();
const mine = await fairShare();
const workflows = createWorkflows({ ...parts, commands, newRunId: idOfMine, node, answerTimeoutMs: 15_000 });
const definition = sequential(5);

process.send?.(mine.size);
const [order] = (await once(process, 'message')) as [ToEngine];
let ended = 0;
for (let lane = 0; lane < order.inFlight; lane += 1) void runOneAfterAnother();
await pause(order.warmUpMs);
const before = ended;
await pause(order.measureMs);
process.send?.(ended - before);

async function runOneAfterAnother(): Promise<never> {
  for (;;) {
    const answer = await workflows.start({ definition, file: 'bench', input: {}, actor: 'bench' });
    if (!answer.ok) throw new Error(answer.refusal.message);
    await new Promise<void>((resolve) => ends.set(answer.run, resolve));
    ends.delete(answer.run);
    ended += 1;
  }
}

/** The shards of this engine, once every engine has its share. */
async function fairShare(): Promise<ReadonlySet<number>> {
  for (;;) {
    const holders = await leases.holders();
    const shards = Array.from({ length: shardCount }, (_, shard) => shard);
    const own = shards.filter((shard) => holders.get(leaseKeyOf(shard))?.node === holder.node);
    if (own.length === shardCount / engines) return new Set(own);
    await pause(50);
  }
}

function idOfMine(): string {
  for (;;) {
    const id = newRunId();
    if (mine.has(shardOf(id))) return id;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
