import { Worker } from 'node:worker_threads';
import type { SeedReport } from '../totals.ts';
import type { Bug } from './bug.ts';
import { createMutant } from './mutant.ts';

/** What came of looking for a bug. */
export type Hunt = {
  readonly bug: Bug;
  /** The first seed that breaks an invariant, and which; undefined when none of them did. */
  readonly caught: { readonly seed: number; readonly by: string } | undefined;
  readonly tookMs: number;
};

export type HuntOptions = { readonly dist: string; readonly seedsMax: number };

const chunkSize = 25;
/** A bug may have the engine turn for ever without an await: then nothing else ends it. */
const seedMsMax = 120_000;

/** Runs the simulator of a product that has the bug, seed by seed, until one of them breaks an invariant. */
export async function hunt(bug: Bug, { dist, seedsMax }: HuntOptions): Promise<Hunt> {
  const since = performance.now();
  const mutant = createMutant(bug, { dist, lane: 'test/simulation/lane.js' });
  try {
    const caught = await firstViolation(mutant.lane, seedsMax);
    return { bug, caught, tookMs: performance.now() - since };
  } finally {
    mutant.remove();
  }
}

function firstViolation(lane: string, seedsMax: number): Promise<Hunt['caught']> {
  return new Promise((resolve) => {
    const worker = new Worker(lane);
    let seed = 1;
    let watch = setTimeout(hangs, seedMsMax);
    function end(caught: Hunt['caught']): void {
      clearTimeout(watch);
      worker.removeAllListeners('message');
      void worker.terminate().then(() => resolve(caught));
    }
    function hangs(): void {
      end({ seed, by: `the seed does not end: nothing came of it in ${seedMsMax / 1_000} s` });
    }
    function more(): void {
      const count = Math.min(chunkSize, seedsMax + 1 - seed);
      if (count > 0) worker.postMessage(Array.from({ length: count }, (_, index) => seed + index));
      else end(undefined);
    }
    worker.on('error', (error) => end({ seed, by: `the process breaks down: ${String(error)}` }));
    worker.on('message', (message: SeedReport | 'done') => {
      if (message === 'done') return more();
      const [by] = message.violations;
      if (by !== undefined) return end({ seed: message.seed, by });
      seed = message.seed + 1;
      clearTimeout(watch);
      watch = setTimeout(hangs, seedMsMax);
    });
    more();
  });
}
