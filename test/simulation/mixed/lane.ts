// The thread of `main.ts --mixed`. The folder of the released build is named by whoever starts it.
import { workAsLane } from '../lanes.ts';
import { runSeed } from '../seed.ts';
import type { SeedReport } from '../totals.ts';
import { mixedCasting } from './mixed.ts';
import { releaseIn } from './release.ts';

const released = releaseIn(process.env['RELEASED_BUILD'] ?? '');

workAsLane<number, SeedReport>(async (seed) => {
  const casting = mixedCasting(await released);
  const { violations, counts, templates, events, runs, virtualMs } = await runSeed({ seed, casting });

  return { seed, violations, counts: [...counts], templates, events, runs, virtualMs };
});
