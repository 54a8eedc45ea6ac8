// `npm run simulate:bugs`: seeds every bug in turn and says which seed of the simulator catches it.
// `npm run simulate:bugs -- --only <name>,<name>`: only these. `--rare`: those too that few seeds show. `--write` keeps
// the table in docs/simulation-bugs.md.

import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { say } from '../say.ts';
import type { Bug } from './bug.ts';
import { bugs } from './bugs.ts';
import { type Hunt, hunt } from './hunt.ts';
import { page, shortened } from './page.ts';
import { safeChanges } from './safe-changes.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    /** So many find nothing in a change that is safe. */
    'safe-seeds': { type: 'string', default: '300' },
    only: { type: 'string' },
    rare: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const dist = fileURLToPath(new URL('../../..', import.meta.url));
const names = values.only?.split(',');
const isChosen = ({ name }: Bug) => names?.includes(name) ?? true;
process.exitCode = await main();

async function main(): Promise<number> {
  const since = performance.now();
  const seeded = await huntAll(
    bugs.filter(isChosen).filter(({ rare }) => rare !== true || values.rare || names !== undefined),
    Number(values.seeds),
  );
  const harmless = await huntAll(safeChanges.filter(isChosen), Number(values['safe-seeds']));
  const escaped = seeded.filter(({ caught }) => caught === undefined);
  const harmful = harmless.filter(({ caught }) => caught !== undefined);
  const took = ((performance.now() - since) / 1_000).toFixed(0);
  say(`${seeded.length - escaped.length} of ${seeded.length} bugs caught, in ${took} s`);
  for (const { bug } of escaped) say(`not caught in ${values.seeds} seeds: ${bug.name}`);
  for (const { bug } of harmful) say(`not as safe as it was taken for: ${bug.name}`);
  if (values.write) writeFileSync(join(dist, '..', 'docs', 'simulation-bugs.md'), page(seeded));

  return escaped.length + harmful.length === 0 ? 0 : 1;
}

async function huntAll(all: readonly Bug[], seedsMax: number): Promise<readonly Hunt[]> {
  const hunts: Hunt[] = [];
  const waiting = [...all];
  const lane = async (): Promise<void> => {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const result = await hunt(bug, { dist, seedsMax });
      say(told(result));
      hunts.push(result);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));

  return hunts.sort((one, other) => all.indexOf(one.bug) - all.indexOf(other.bug));
}

function told({ bug, caught, tookMs }: Hunt): string {
  const seed = caught === undefined ? 'none' : String(caught.seed);
  const by = caught === undefined ? '' : shortened(caught.by);

  return `${bug.name.padEnd(36)} ${seed.padStart(6)} ${(tookMs / 1_000).toFixed(1).padStart(7)} s  ${by}`;
}
