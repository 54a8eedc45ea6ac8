import { forEach } from './definitions.ts';
import type { Driver } from './drive-engine.ts';
import { median } from './statistics.ts';

/** What an item of a dynamic FORK costs, and whether it costs more where there are many. */
export type ForEachCost = {
  readonly items: number;
  readonly msPerItem: number;
  /** Time per item over that of a FORK of a hundred. */
  readonly toFew: number;
  /** The most heap that was in use while the items were worked on, in MB, above what was before. */
  readonly peakHeapMb: number;
};

const few = 100;
const many = 10_000;
const sampleMs = 20;

export async function measureForEach(driver: Driver): Promise<ForEachCost> {
  const chart = await driver.register(forEach());
  const perItem = async (items: number): Promise<number> => {
    const list = Array.from({ length: items }, (_, index) => index);
    return (await driver.runOnce(chart, { list })).ms / items;
  };
  const small: number[] = [];
  for (let run = 0; run < 20; run += 1) small.push(await perItem(few));
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  }, sampleMs);
  const msPerItem = await perItem(many);
  clearInterval(sampling);

  return {
    items: many,
    msPerItem,
    toFew: msPerItem / median(small.slice(5)),
    peakHeapMb: (peak - before) / 1024 / 1024,
  };
}
