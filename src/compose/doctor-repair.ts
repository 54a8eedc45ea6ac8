import { join } from 'node:path';
import type { DoctorLine } from '../adapters/cli/app.ts';
import { checkRun, type DamagedRun } from '../engine/check-runs.ts';
import type { DefinitionStore } from '../ports/definition-store.ts';
import { definitionOfHash } from './doctor-definitions.ts';
import { type LeaderDeps, type LeaderOptions, tryLeaders } from './doctor-leaders.ts';
import { freeSlot, type SlotDeps } from './doctor-slots.ts';

type RepairDeps = LeaderDeps & SlotDeps & { readonly definitions: DefinitionStore };

type Repaired = { readonly lines: readonly DoctorLine[]; readonly damaged: readonly DamagedRun[] };

/** Writes no journal, and looks again at what was found. */
export async function repairRuns(
  deps: RepairDeps,
  found: readonly DamagedRun[],
  options: LeaderOptions & { readonly projectDir: string },
): Promise<Repaired> {
  for (const damaged of found) await restoreDefinition(deps, damaged, options.projectDir);
  const led = await tryLeaders(deps, await stillDamaged(deps, found), options);
  const mended = found.filter(({ run }) => !has(led.left, run));
  // Only now: what another replica has is not lost.
  const shortened = led.left.filter(({ damage }) => damage.code === 'journal.truncated');
  for (const { run } of shortened) await deps.snapshots?.drop(run);
  const left = await stillDamaged(deps, led.left);
  const accepted = shortened.filter(({ run }) => !has(left, run));
  const freed: DoctorLine[] = [];
  for (const damaged of left) freed.push(...(await freeSlot(deps, damaged)));

  return {
    lines: [...led.lines, ...mended.map(mendedLine), ...accepted.map(acceptedLine), ...freed],
    damaged: left,
  };
}

function has(runs: readonly DamagedRun[], run: string): boolean {
  return runs.some((damaged) => damaged.run === run);
}

async function restoreDefinition(
  { definitions }: RepairDeps,
  { damage, definition }: DamagedRun,
  projectDir: string,
): Promise<void> {
  if (damage.code !== 'definition.missing' || definition === undefined) return;
  const stored = await definitionOfHash(join(projectDir, 'definitions'), definition.hash);
  if (stored !== undefined) await definitions.register(stored);
}

async function stillDamaged(deps: RepairDeps, found: readonly DamagedRun[]): Promise<readonly DamagedRun[]> {
  const left: DamagedRun[] = [];
  for (const before of found) {
    const now = await checkRun(deps, before.run);
    if (now !== undefined) left.push({ ...before, ...now });
  }

  return left;
}

function mendedLine({ run }: DamagedRun): DoctorLine {
  return {
    name: 'repair',
    status: 'ok',
    detail: `${run} is whole again; it goes on with`,
    fix: `workflow resume ${run}`,
  };
}

function acceptedLine({ run, damage }: DamagedRun): DoctorLine {
  return {
    name: 'repair',
    status: 'warn',
    detail: `${run} ends with event ${damage.sequence - 1} from now on, what came after it is lost; it goes on with`,
    fix: `workflow resume ${run}`,
  };
}
