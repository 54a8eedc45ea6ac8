import type { Json } from '../../../../events/canonical-json.ts';
import type { Definition, InputProperty } from '../../../../machines/definition.ts';
import { formFields, noField } from '../../../../machines/language/check-form.ts';
import { inputType, parseInputText } from '../../../../machines/language/check-input.ts';
import type { CliIo } from '../app.ts';
import { CliFailure } from '../cli-failure.ts';

type Fields = Definition['input'];
type Values = Readonly<Record<string, Json>>;
type Given = {
  /** `--field name=value`. */
  readonly fields: readonly string[];
  /** `--data`. */
  readonly data: Json | undefined;
  readonly mayAsk: boolean;
};

/**
 * What is brought along with an answer: `--data`, `--field` before it, and what somebody types who is asked for the
 * fields that are missing. The run compares it with the form. Throws CliFailure.
 */
export async function readForm(
  form: Json | undefined,
  { fields: pairs, data, mayAsk }: Given,
  io: Pick<CliIo, 'prompt'>,
): Promise<Json | undefined> {
  const fields = form === undefined ? {} : (formFields(form) ?? {});
  const typed = pairs.map((pair) => typedPair(pair, fields));
  const before = data ?? {};
  if (typeof before !== 'object' || before === null || Array.isArray(before)) {
    if (typed.length === 0) return data;
    throw new CliFailure('usage.data', '--field goes with --data only when that is a JSON object');
  }
  const given = { ...(before as Values), ...Object.fromEntries(typed) };
  const complete = { ...given, ...(mayAsk ? await askedFor(fields, given, io) : {}) };

  return data === undefined && Object.keys(complete).length === 0 ? undefined : complete;
}

function typedPair(pair: string, fields: Fields): readonly [string, Json] {
  const equals = pair.indexOf('=');
  if (equals < 1) throw new CliFailure('usage.field', `--field takes name=value, not "${pair}"`);
  const name = pair.slice(0, equals);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field !== undefined) return [name, typedValue(field, `--field ${name}`, pair.slice(equals + 1))];

  throw new CliFailure('usage.field', `the form has ${noField(name, Object.keys(fields))}`);
}

/** Those that have to be given and were not. Throws CliFailure for a text that is none of their type. */
async function askedFor(fields: Fields, given: Values, { prompt }: Pick<CliIo, 'prompt'>): Promise<Values> {
  if (prompt === undefined) return {};
  const answers: [string, Json][] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (!field.required || given[name] !== undefined) continue;
    const text = await prompt(`${name}${describedField(field)}: `);
    if (text !== '') answers.push([name, typedValue(field, name, text)]);
  }

  return Object.fromEntries(answers);
}

function describedField(field: InputProperty): string {
  const { description, enum: choices } = field;
  const words = [inputType(field), description, choices?.map((each) => JSON.stringify(each)).join(', ')];
  const said = words.filter((word) => word !== undefined);

  return said.length === 0 ? '' : ` (${said.join(': ')})`;
}

function typedValue(field: InputProperty, flag: string, text: string): Json {
  const parsed = parseInputText(field, text);
  if (!parsed.ok) throw new CliFailure('input.mistyped', `${flag}: ${parsed.reason}`);

  return parsed.value;
}
