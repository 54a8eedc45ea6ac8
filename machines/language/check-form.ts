import type { Json } from '../../events/canonical-json.ts';
import { checkInput } from './check-input.ts';
import { normaliseInput } from './normalise/input.ts';
import { input } from './schema/input.ts';

/** What is wrong with the values given to a form, which is written as the `input` of a workflow is. */
export function checkForm(form: Json, data: Json): readonly string[] {
  const schema = input.safeParse(form);
  if (!schema.success) return ['the form itself cannot be read, so nothing fits it'];
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return ['its values are no map of names'];
  const checked = checkInput({ input: normaliseInput(schema.data) }, data as Readonly<Record<string, Json>>);

  return checked.ok ? [] : checked.problems.map(({ message }) => message);
}
