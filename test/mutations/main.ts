// `npm run test:mutations`: gives the core one fault after another, and says which test that is made from a definition
// finds each. Exit code 1 when fewer than 97 % are found. `-- --only <name>,<name>`: only these. `--write` keeps the
// table in docs/mutations.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Bug } from '../simulation/bugs/bug.ts';
import { createMutant } from '../simulation/bugs/mutant.ts';
import { say } from '../simulation/say.ts';
import type { Fault } from './fault.ts';
import { faults } from './faults.ts';
import { generate } from './generate.ts';
import { type Check, page, shareMin, shareOf, shortened } from './page.ts';
import { playAll } from './play-all.ts';
import { safeChanges } from './safe-changes.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, write: { type: 'boolean', default: false } },
});
const dist = fileURLToPath(new URL('../..', import.meta.url));
const project = join(dist, '..');
const lane = 'test/mutations/lane.js';
const names = values.only?.split(',');
const scratch = mkdtempSync(join(tmpdir(), 'workflow-mutations-'));
try {
  process.exitCode = await main(join(scratch, 'scenarios.json'));
} finally {
  rmSync(scratch, { recursive: true });
}

async function main(file: string): Promise<number> {
  const generated = generate([join(project, 'test/mutations/definitions'), join(project, 'definitions')]);
  writeFileSync(file, JSON.stringify(generated));
  const count = generated.reduce((sum, { scenarios }) => sum + scenarios.length, 0);
  say(`${count} tests made from ${generated.length} definitions`);
  const unsound = await playAll(join(dist, lane), file);
  if (unsound !== undefined) {
    say(`without any fault, ${unsound.scenario} differs: ${unsound.message}`);
    return 1;
  }
  const checks = await checkAll(faults.filter(isChosen), file);
  const harmful = (await checkAll(safeChanges.filter(isChosen), file)).filter(
    ({ found }) => found !== undefined,
  );
  say(`${(100 * shareOf(checks)).toFixed(1)} % of ${checks.length} faults are found`);
  for (const { fault, found } of checks) if (found === undefined) say(`not found: ${fault.name}`);
  for (const { fault } of harmful) say(`not as safe as it was taken for: ${fault.name}`);
  if (values.write && names === undefined)
    writeFileSync(join(project, 'docs/mutations.md'), page(checks, safeChanges));

  return shareOf(checks) < shareMin || harmful.length > 0 ? 1 : 0;
}

function isChosen({ name }: Bug): boolean {
  return names?.includes(name) ?? true;
}

async function checkAll(all: readonly Fault[], file: string): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const waiting = [...all];
  const next = async (): Promise<void> => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      const check = await checkOne(fault, file);
      const { scenario = 'not found', message = '' } = check.found ?? {};
      say(`${fault.name.padEnd(32)} ${scenario}  ${shortened(message)}`);
      checks.push(check);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));

  return checks.sort((one, other) => all.indexOf(one.fault) - all.indexOf(other.fault));
}

async function checkOne(fault: Fault, file: string): Promise<Check> {
  const mutant = createMutant(fault, { dist, lane });
  try {
    return { fault, found: await playAll(mutant.lane, file) };
  } finally {
    mutant.remove();
  }
}
