import { pathToFileURL } from 'node:url';
import { chartsOf } from '../templates/charts.ts';
import { createEngineProcess } from '../world/engine-process.ts';
import { createPeople } from '../world/people.ts';
import { createWorkerProcess } from '../world/worker-process.ts';

/** A release of the product, with the part of the simulator that it came with: what stands between it and the world. */
export type Release = {
  readonly name: 'this' | 'released';
  readonly createEngineProcess: typeof createEngineProcess;
  readonly createWorkerProcess: typeof createWorkerProcess;
  readonly createPeople: typeof createPeople;
  readonly chartsOf: typeof chartsOf;
};

export const thisRelease: Release = {
  name: 'this',
  ...{ createEngineProcess, createWorkerProcess, createPeople, chartsOf },
};

/** The release that is built in the folder. Its code is its own: nothing of this one is in it. */
export async function releaseIn(folder: string): Promise<Release> {
  const load = (file: string) => import(`${pathToFileURL(folder).href}/dist/test/simulation/${file}.js`);
  const [engines, workers, people, charts] = await Promise.all(
    ['world/engine-process', 'world/worker-process', 'world/people', 'templates/charts'].map(load),
  );

  return { name: 'released', ...engines, ...workers, ...people, ...charts };
}
