import type { DefinitionRef } from '../../../events/run-events.ts';
import { type LoadedDefinition, loadRegistered } from '../../../machines/language/load-definition.ts';
import type { Workflows } from '../../ports/runs/workflows.ts';

type Source = Pick<Workflows, 'definitionOf'>;
type Kept = Map<string, Promise<LoadedDefinition | undefined>>;

const keptMax = 200;
const kept = new WeakMap<Source, Kept>();

/** The definition that a reference names; undefined if it is gone or cannot be read any more. */
export function knownDefinition(
  workflows: Source,
  ref: DefinitionRef,
): Promise<LoadedDefinition | undefined> {
  const all: Kept = kept.get(workflows) ?? new Map();
  kept.set(workflows, all);
  const known = all.get(ref.hash) ?? load(workflows, ref);
  all.delete(ref.hash);
  all.set(ref.hash, known);
  known.then(
    (found) => found ?? all.delete(ref.hash),
    () => all.delete(ref.hash),
  );
  const [oldest] = all.keys();
  if (all.size > keptMax && oldest !== undefined) all.delete(oldest);

  return known;
}

async function load(workflows: Source, { hash }: DefinitionRef): Promise<LoadedDefinition | undefined> {
  const loaded = loadRegistered(await workflows.definitionOf(hash));

  return loaded?.ref.hash === hash ? loaded : undefined;
}
