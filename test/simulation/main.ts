// `npm run simulate -- --seeds 20000`: lives through so many seeds and says which of them break an invariant.
// `npm run simulate -- --mixed`: engines of the released version and of this one share each life.
// `npm run simulate -- --seed 17 --trace`: lives through one and tells everything that happens.

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { releasedBuild } from '../support/released-build.ts';
import { runInLanes } from './lanes.ts';
import { mixedCasting } from './mixed/mixed.ts';
import { releaseIn } from './mixed/release.ts';
import { say } from './say.ts';
import { runSeed } from './seed.ts';
import { createTotals, type SeedReport } from './totals.ts';

const toldMax = 20;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    stop: { type: 'boolean', default: false },
    mixed: { type: 'boolean', default: false },
  },
});
const root = fileURLToPath(new URL('../../..', import.meta.url));
const released = values.mixed ? await releasedBuild(root) : undefined;
// Threads have the environment of the process.
if (released !== undefined) process.env['RELEASED_BUILD'] = released;
process.exitCode = values.seed === undefined ? await many() : await one(Number(values.seed));

async function one(seed: number): Promise<number> {
  const { violations, kinds, templates } = await runSeed({
    seed,
    ...(released === undefined ? {} : { casting: mixedCasting(await releaseIn(released)) }),
    ...(values.trace ? { trace: (line: string) => say(line) } : {}),
  });
  say(`seed ${seed}: ${templates.join(', ')}; faults: ${kinds.join(', ') || 'none'}`);
  for (const violation of violations) say(`  ${violation}`);
  say(violations.length === 0 ? 'no violation' : `${violations.length} violations`);

  return violations.length === 0 ? 0 : 1;
}

async function many(): Promise<number> {
  const totals = createTotals();
  const since = performance.now();
  const from = Number(values.from);
  const onReport = (report: SeedReport): 'go on' | 'stop' => {
    totals.add(report);
    if (report.violations.length === 0) return 'go on';
    if (totals.failed().length <= toldMax) {
      say(`seed ${report.seed} (${report.templates.join(', ')}): ${report.violations[0]}`);
      say(`  npm run simulate -- ${values.mixed ? '--mixed ' : ''}--seed ${report.seed} --trace`);
    }
    return values.stop ? 'stop' : 'go on';
  };
  const pieces = Array.from({ length: Number(values.seeds) }, (_, index) => from + index);
  await runInLanes({
    lane: new URL(values.mixed ? './mixed/lane.js' : './lane.js', import.meta.url),
    pieces,
    onReport,
  });
  say(totals.text(performance.now() - since));
  // The released version cannot be given everything.
  const missing = values.mixed ? [] : totals.missing();
  if (missing.length > 0) say(`too rare to mean anything: ${missing.join(', ')}`);

  return totals.failed().length === 0 && missing.length === 0 ? 0 : 1;
}
