import { referredWorkflows } from '../../../machines/language/referred-workflows.ts';
import { type Found, findLocal, type Place, parseName, refuseUnlessExecutable } from './find-definition.ts';

/** The definitions that a definition starts runs of. */
export type Alongside = {
  readonly found: readonly Found[];
  /** As they are named: `id` or `id@version`. They may be registered. */
  readonly missing: readonly string[];
};

/** Definitions that refer to each other can be many, and in a circle. */
const definitionsMax = 100;

/**
 * What the definition refers to, and what that refers to, among the files of the project. Throws CliFailure for one
 * that is invalid.
 */
export async function alongsideOf(started: Found, place: Place): Promise<Alongside> {
  const { ref } = started.loaded;
  const found = new Map<string, Found>();
  const missing = new Set<string>();
  const seen = new Set<string>([ref.id, `${ref.id}@${ref.version}`]);
  const left = [...referredWorkflows(started.loaded)];
  for (let name = left.shift(); name !== undefined && found.size < definitionsMax; name = left.shift()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const local = await findReferred(name, place);
    if (local === undefined) {
      missing.add(name);
      continue;
    }
    refuseUnlessExecutable(local);
    found.set(local.loaded.ref.hash, local);
    left.push(...referredWorkflows(local.loaded));
  }

  return { found: [...found.values()], missing: [...missing] };
}

/** A file may be found by its name and hold another definition. */
async function findReferred(name: string, place: Place): Promise<Found | undefined> {
  const local = await findLocal(name, place);

  return local?.loaded.ref.id === parseName(name).id ? local : undefined;
}
