import type { Json } from '../../events/canonical-json.ts';
import { exactNumber, InexactNumber, parseJsonText } from '../../events/json-text.ts';
import type { Definition, InputProperty } from '../definition.ts';
import { checkValue, typeWords } from './input-value.ts';
import { normaliseInput } from './normalise/workflow.ts';
import { input } from './schema/input.ts';
import { didYouMean } from './suggest.ts';

/** What is wrong with one input of a run. The value of a secret one is not part of the message. */
export type InputProblem = {
  readonly code:
    | 'input.missing'
    | 'input.unknown'
    | 'input.mistyped'
    | 'input.not-listed'
    | 'input.pattern'
    | 'input.range'
    | 'input.length';
  readonly name: string;
  readonly message: string;
};

/** The input of a run with its defaults filled in, or everything that is wrong with it. */
export function checkInput(
  definition: Pick<Definition, 'input'>,
  input: Readonly<Record<string, Json>>,
):
  | { readonly ok: true; readonly input: Readonly<Record<string, Json>> }
  | { readonly ok: false; readonly problems: readonly InputProblem[] } {
  const names = Object.keys(definition.input);
  const given = Object.keys(input).filter((name) => input[name] !== undefined);
  const problems: InputProblem[] = given
    .filter((name) => !Object.hasOwn(definition.input, name))
    .map((name) => ({ code: 'input.unknown', name, message: unknownInput(name, names, given) }));
  const complete: [string, Json][] = [];

  for (const [name, property] of Object.entries(definition.input)) {
    // Required means that whoever starts the run has to say it: a default does not speak for them.
    const value = given.includes(name) ? input[name] : property.required ? undefined : property.default;
    if (value !== undefined) {
      complete.push([name, value]);
      problems.push(...faultsOf(name, property, value));
    } else if (property.required) {
      problems.push({ code: 'input.missing', name, message: missingInput(name, property) });
    }
  }

  return problems.length === 0 ? { ok: true, input: Object.fromEntries(complete) } : { ok: false, problems };
}

/** The type of an input; of one that says none, that of its default. */
export function inputType({ type, default: preset }: InputProperty): InputProperty['type'] {
  return type ?? typeOf(preset);
}

/** Reads the text of a command line flag by the type of its input. */
export function parseInputText(
  property: InputProperty,
  text: string,
): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly reason: string } {
  const type = inputType(property);
  if (type === undefined || type === 'string') return { ok: true, value: text };
  const value = readAs(type, text);
  if (value instanceof InexactNumber) {
    const hidden = 'it is a number that would lose digits; give it as text';
    return { ok: false, reason: property.secret ? hidden : value.message };
  }
  if (value !== undefined && checkValue(value, { type }).length === 0) return { ok: true, value };
  const found = property.secret
    ? ''
    : `, found ${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)}`;
  const json =
    type === 'array' ? ' in JSON, such as ["a", "b"]' : type === 'object' ? ' in JSON, such as {"a": 1}' : '';

  return { ok: false, reason: `expected ${typeWords[type]}${json}${found}` };
}

function readAs(type: NonNullable<InputProperty['type']>, text: string): Json | InexactNumber | undefined {
  const read = type === 'boolean' ? parseBoolean : isNumeric(type) ? parseNumber : parseJson;
  try {
    return read(text);
  } catch (error) {
    if (error instanceof InexactNumber) return error;
    throw error;
  }
}

function faultsOf(name: string, property: InputProperty, value: Json): readonly InputProblem[] {
  return checkValue(value, property, property.secret).map(({ code, message, at }) => ({
    code: code as InputProblem['code'],
    name,
    message: `${name}${at}: ${message}`,
  }));
}

function unknownInput(name: string, names: readonly string[], given: readonly string[]): string {
  const free = names.filter((each) => !given.includes(each));
  const known = names.length === 0 ? '; the definition takes no input' : '';

  return `${name}: no such input${didYouMean(name, free) || known}`;
}

function missingInput(name: string, { type, description, enum: choices }: InputProperty): string {
  const listed = choices?.map((each) => JSON.stringify(each)).join(', ');
  const word = listed === undefined ? type && typeWords[type] : `one of ${listed}`;
  const what = word === undefined ? '' : ` (${word})`;

  return `${name}: required and not given${what}${description === undefined ? '' : `: ${description}`}`;
}

function typeOf(value: Json | undefined): InputProperty['type'] {
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') {
    return typeof value as 'boolean' | 'number' | 'string';
  }
  if (value === undefined || value === null) return undefined;

  return Array.isArray(value) ? 'array' : 'object';
}

function isNumeric(type: NonNullable<InputProperty['type']>): boolean {
  return type === 'number' || type === 'integer';
}

function parseBoolean(text: string): Json | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function parseNumber(text: string): Json | undefined {
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text.trim())) return undefined;

  return exactNumber(text.trim());
}

function parseJson(text: string): Json | undefined {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof InexactNumber) throw error;
    return undefined;
  }
}

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
