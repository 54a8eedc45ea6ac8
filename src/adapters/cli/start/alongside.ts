import type { Definition } from '../../../../machines/definition.ts';
import { placesOf } from '../../../projections/task-order.ts';
import { findLocal, type Place, parseName } from './find-definition.ts';
import { type Found, loadContent, refuseUnlessExecutable } from './load-file.ts';

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
  const left = [...referencesOf(started)];
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
    left.push(...referencesOf(local));
  }

  return { found: [...found.values()], missing: [...missing] };
}

/** A file may be found by its name and hold another definition. */
async function findReferred(name: string, place: Place): Promise<Found | undefined> {
  const local = await findLocal(name, place);

  return local?.loaded.ref.id === parseName(name).id ? local : undefined;
}

/** A failure workflow that is written out inside is a definition, too. */
function referencesOf({ loaded, file }: Found): readonly string[] {
  const { definition, failureText } = loaded;
  const { failureWorkflow } = definition;
  const named = failureWorkflow?.kind === 'named' ? [failureWorkflow.id] : [];
  const written = failureText === undefined ? undefined : loadContent(failureText, file).loaded.definition;

  return [
    ...new Set([
      ...workflowsIn(definition),
      ...(written === undefined ? [] : workflowsIn(written)),
      ...named,
    ]),
  ];
}

/** The child of every item of a FORK is a task of the plan, too. */
function workflowsIn(definition: Definition): readonly string[] {
  return [...placesOf(definition).values()].flatMap(({ task }) =>
    task.type === 'SUB_WORKFLOW' ? [task.workflow] : [],
  );
}
