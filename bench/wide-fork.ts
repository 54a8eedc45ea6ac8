import { connectJetStream } from '../src/stores/jetstream/connect.ts';
import { wideFork } from './definitions.ts';
import { median } from './statistics.ts';
import { createMeasured, endWorkers, startWorkers, workerCapacity } from './workers.ts';

/** One run whose FORK gives so many tasks at once to whoever has the skill. */
export type WideForkCost = {
  readonly tasks: number;
  readonly bySkillMs: number;
  readonly byNameMs: number;
  /** What finding the agents adds: the time by skill over the time of the same FORK whose tasks name their agent. */
  readonly skillToName: number;
};

const tasks = 310;
const rounds = 5;

export async function measureWideFork(url: string): Promise<WideForkCost> {
  const namespace = `bench-wide-fork-${process.pid}`;
  const stream = await connectJetStream({ url, namespace });
  const { runOnce, close } = await createMeasured(stream);
  const workers = await startWorkers({
    url,
    namespace,
    agent: 'BENCH',
    skills: ['benching'],
    capacity: workerCapacity,
  });
  const input = { list: Array.from({ length: tasks }, (_, index) => index) };
  const bySkill: number[] = [];
  const byName: number[] = [];
  try {
    for (let round = 0; round <= rounds; round += 1) {
      bySkill.push(await runOnce(wideFork('requires: [benching]'), input));
      byName.push(await runOnce(wideFork('assigned_to: BENCH'), input));
    }
  } finally {
    await endWorkers(workers);
    await close();
    await stream.close();
  }
  const bySkillMs = median(bySkill.slice(1));
  const byNameMs = median(byName.slice(1));

  return { tasks, bySkillMs, byNameMs, skillToName: bySkillMs / byNameMs };
}
