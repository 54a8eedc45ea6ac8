// The thread of `main.ts`.
import { workAsLane } from './lanes.ts';
import { runSeed } from './seed.ts';
import type { SeedReport } from './totals.ts';

workAsLane<number, SeedReport>(async (seed) => {
  const { violations, counts, templates, events, runs, virtualMs } = await runSeed({ seed });

  return { seed, violations, counts: [...counts], templates, events, runs, virtualMs };
});
