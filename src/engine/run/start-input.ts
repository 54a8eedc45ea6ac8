import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import type { Definition } from '../../../machines/definition.ts';
import { checkInput } from '../../../machines/language/check-input.ts';
import { isMapping } from '../../../machines/language/read-tasks.ts';

type Inputs = Readonly<Record<string, Json>>;

/** What a run starts another one with, with the defaults of that one; a value that is no mapping goes by `name`. */
export function startInput(
  definition: Pick<Definition, 'id' | 'input'>,
  value: Json,
  name: string,
): { readonly ok: true; readonly value: Inputs } | { readonly ok: false; readonly error: ErrorData } {
  const checked = checkInput(definition, isMapping(value) ? value : { [name]: value });
  if (checked.ok) return { ok: true, value: checked.input };
  const message = `the input for ${definition.id} does not fit: ${checked.problems.map((each) => each.message).join('; ')}`;

  return { ok: false, error: { code: 'child.bad-input', message, retryable: false } };
}
