import type { Bug } from '../simulation/bugs/bug.ts';

/** A fault in the core. `survives`: why no scenario that is made from definitions shows it, where none does. */
export type Fault = Bug & { readonly survives?: string };

/** Faults of one file of the core, under `dist/machines/`. */
export function faultsIn(file: string, faults: readonly Omit<Fault, 'file'>[]): readonly Fault[] {
  return faults.map((fault) => ({ ...fault, file: `machines/${file}` }));
}
