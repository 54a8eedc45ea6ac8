import type { FormField } from '../../../api/people.ts';
import type { Json, JsonRecord } from '../../api/json.ts';

/** What is wrong with the values of a form, by the name of the field. */
export type FieldErrors = Readonly<Record<string, string>>;

/** The values that the fields have when nothing was typed. */
export function defaultValues(fields: readonly FormField[]): JsonRecord {
  return Object.fromEntries(
    fields.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Required fields first; otherwise as they were declared. */
export function requiredFirst(fields: readonly FormField[]): readonly FormField[] {
  return [...fields.filter(({ required }) => required), ...fields.filter(({ required }) => !required)];
}

/** A value as it stands in an input. */
export function fieldText(value: Json | undefined): string {
  if (value === undefined) return '';

  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What was typed, as the type of its field has it. What does not fit stays a text, which `fieldErrors` tells of. */
export function typedValue({ type, required }: FormField, text: string): Json | undefined {
  if (text === '' && !(required && type === 'string')) return undefined;
  if (type === 'string') return text;
  if (type === undefined) return parsed(text);
  const value = parsed(text);

  return fits(value, type) ? value : text;
}

/** What is wrong with each field: the same rules as the engine's, which has the last word. */
export function fieldErrors(fields: readonly FormField[], values: JsonRecord): FieldErrors {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const wrong = wrongWith(field, values[field.name]);

      return wrong === undefined ? [] : [[field.name, wrong]];
    }),
  );
}

function wrongWith(field: FormField, value: Json | undefined): string | undefined {
  if (value === undefined) return field.required ? 'is needed' : undefined;
  if (field.type !== undefined && !fits(value, field.type)) return `has to be ${wordOf(field.type)}`;
  const choices = field.enum;
  if (choices !== undefined && !choices.some((one) => JSON.stringify(one) === JSON.stringify(value))) {
    return `has to be one of ${choices.map(fieldText).join(', ')}`;
  }
  if (typeof value === 'number') return wrongNumber(field, value);

  return typeof value === 'string' ? wrongText(field, value) : undefined;
}

function wrongNumber({ minimum, maximum }: FormField, value: number): string | undefined {
  if (minimum !== undefined && value < minimum) return `has to be ${minimum} at least`;
  if (maximum !== undefined && value > maximum) return `has to be ${maximum} at most`;

  return undefined;
}

function wrongText({ minLength, maxLength, required }: FormField, value: string): string | undefined {
  if (required && value === '' && minLength === undefined) return 'is needed';
  if (minLength !== undefined && value.length < minLength)
    return `has to have ${minLength} characters at least`;
  if (maxLength !== undefined && value.length > maxLength)
    return `has to have ${maxLength} characters at most`;

  return undefined;
}

function fits(value: Json | undefined, type: NonNullable<FormField['type']>): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
  }
}

function wordOf(type: NonNullable<FormField['type']>): string {
  const words = { array: 'a list in JSON', object: 'an object in JSON', integer: 'a whole number' } as const;

  return type === 'array' || type === 'object' || type === 'integer' ? words[type] : `a ${type}`;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
