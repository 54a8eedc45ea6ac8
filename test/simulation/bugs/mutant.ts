import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type Bug, withBug } from './bug.ts';

/** A copy of the built product and its tests that has a bug. */
export type Mutant = {
  /** What a thread of it runs. */
  readonly lane: string;
  readonly remove: () => void;
};

export type MutantOptions = {
  readonly dist: string;
  /** The module that a thread of it runs, under `dist/`. */
  readonly lane: string;
};

const parts = ['src', 'machines', 'events', 'test'];

export function createMutant(bug: Bug, { dist, lane }: MutantOptions): Mutant {
  const changed = withBug(bug, readFileSync(join(dist, bug.file), 'utf8'));
  mkdirSync(join(dist, 'mutants'), { recursive: true });
  const folder = mkdtempSync(join(dist, 'mutants', `${bug.name}-`));
  const filter = (source: string) => extname(source) === '.js' || statSync(source).isDirectory();
  for (const part of parts) cpSync(join(dist, part), join(folder, part), { recursive: true, filter });
  writeFileSync(join(folder, bug.file), changed);

  return {
    lane: join(folder, lane),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
