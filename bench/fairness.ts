import { connectJetStream } from '../src/stores/jetstream/connect.ts';
import { ofTenant } from './definitions.ts';
import { createMeasured, endWorkers, startWorkers } from './workers.ts';

/** How long the runs of a tenant take, alone and while another one has filled the line of their agent. */
export type FairnessCost = {
  readonly flood: number;
  readonly aloneP95Ms: number;
  readonly floodedP95Ms: number;
  readonly floodedToAlone: number;
};

const agent = 'BENCH';
const flood = 10_000;
const startedTogether = 200;
const runs = 60;
/** Of each of the four worker processes. */
const capacity = 4;
const workMs = 400;

export async function measureFairness(url: string): Promise<FairnessCost> {
  const namespace = `bench-fairness-${process.pid}`;
  const stream = await connectJetStream({ url, namespace });
  const { runOnce, start, close } = await createMeasured(stream);
  const workers = await startWorkers({ url, namespace, agent, capacity, workMs });
  const definition = ofTenant(agent);
  const p95Ms = async (): Promise<number> => {
    const times: number[] = [];
    while (times.length < runs) times.push(await runOnce(definition, { tenant: 'small' }));
    return times.sort((a, b) => a - b)[Math.floor(runs * 0.95)] ?? 0;
  };
  try {
    await runOnce(definition, { tenant: 'small' });
    const aloneP95Ms = await p95Ms();
    for (let begun = 0; begun < flood; begun += startedTogether) {
      await Promise.all(
        Array.from({ length: startedTogether }, () => start(definition, { tenant: 'large' })),
      );
    }
    const floodedP95Ms = await p95Ms();

    return { flood, aloneP95Ms, floodedP95Ms, floodedToAlone: floodedP95Ms / aloneP95Ms };
  } finally {
    await endWorkers(workers);
    await close();
    await stream.close();
  }
}
