import { isBlobRef } from '../../../events/blob-ref.ts';
import type { Json } from '../../../events/canonical-json.ts';
import type { Definition } from '../../../machines/definition.ts';
import { checkInput } from '../../../machines/language/check-input.ts';
import type { CliIo } from '../app.ts';
import { type EditSources, invalidInput, readEdits } from './read-input.ts';

type Inputs = Readonly<Record<string, Json>>;

/** The old input with the given names replaced, checked as a whole; undefined without an edit. Throws CliFailure. */
export async function editedInput(
  definition: Definition,
  old: Inputs,
  { sources, io }: { readonly sources: EditSources; readonly io: CliIo },
): Promise<Inputs | undefined> {
  const edits = await readEdits(definition, sources, io);
  if (Object.keys(edits).length === 0) return undefined;
  // Secrets and values that are kept elsewhere stand in the old input by a mark: they cannot be checked, and stay.
  const marked = new Set(
    Object.keys(old).filter((name) => isMarked(definition, old, name) && !(name in edits)),
  );
  const without = <Value>(members: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
    Object.fromEntries(Object.entries(members).filter(([name]) => !marked.has(name)));
  const checked = checkInput({ input: without(definition.input) }, { ...without(old), ...edits });
  if (!checked.ok) throw invalidInput(definition.id, checked.problems);

  return { ...old, ...checked.input };
}

function isMarked({ input }: Definition, old: Inputs, name: string): boolean {
  return input[name]?.secret === true || isBlobRef(old[name]);
}
