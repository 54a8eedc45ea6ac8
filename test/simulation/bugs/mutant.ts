import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type Bug, withBug } from './bug.ts';

/** A copy of the built product and its simulator that has a bug. */
export type Mutant = {
  /** What the thread of a lane runs. */
  readonly lane: string;
  readonly remove: () => void;
};

const parts = ['src', 'machines', 'events', 'test'];

export function createMutant(dist: string, bug: Bug): Mutant {
  const changed = withBug(bug, readFileSync(join(dist, bug.file), 'utf8'));
  mkdirSync(join(dist, 'mutants'), { recursive: true });
  const folder = mkdtempSync(join(dist, 'mutants', `${bug.name}-`));
  const filter = (source: string) => extname(source) === '.js' || statSync(source).isDirectory();
  for (const part of parts) cpSync(join(dist, part), join(folder, part), { recursive: true, filter });
  writeFileSync(join(folder, bug.file), changed);

  return {
    lane: join(folder, 'test', 'simulation', 'lane.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
