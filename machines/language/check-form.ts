import type { Json } from '../../events/canonical-json.ts';
import type { Definition } from '../definition.ts';
import { checkInput, type InputProblem } from './check-input.ts';
import { normaliseInput } from './normalise/input.ts';
import { input } from './schema/input.ts';
import { didYouMean } from './suggest.ts';

type Values = Readonly<Record<string, Json>>;

/** The fields of a form, which is written as the `input` of a workflow is; undefined where it cannot be read. */
export function formFields(form: Json): Definition['input'] | undefined {
  const schema = input.safeParse(form);

  return schema.success ? normaliseInput(schema.data) : undefined;
}

/** `no field "amuont"; did you mean "amount"?`, or what there is. */
export function noField(name: string, names: readonly string[]): string {
  const known = names.length === 0 ? '; the task has no form' : `; there are ${names.join(', ')}`;

  return `no field "${name}"${didYouMean(name, names) || known}`;
}

/** The values given to a form with its defaults filled in, or what is wrong with them. */
export function checkForm(
  form: Json,
  data: Json,
):
  | { readonly ok: true; readonly data: Values }
  | { readonly ok: false; readonly problems: readonly string[] } {
  const fields = formFields(form);
  if (fields === undefined)
    return { ok: false, problems: ['the form itself cannot be read, so nothing fits it'] };
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return { ok: false, problems: ['its values are no map of names'] };
  const checked = checkInput({ input: fields }, data as Values);

  return checked.ok
    ? { ok: true, data: checked.input }
    : { ok: false, problems: checked.problems.map((each) => textOf(each, Object.keys(fields))) };
}

function textOf({ code, name, message }: InputProblem, names: readonly string[]): string {
  return code === 'input.unknown' ? noField(name, names) : message;
}
