import type { Json } from '../../../events/canonical-json.ts';
import type { InputProperty } from '../../definition.ts';
import { checkValue } from '../input-value.ts';
import { json, unknownValue, type Value } from './evaluate-possible.ts';
import type { PossibleRun } from './play.ts';

const valuesMax = 16;

/** Null for want of a value. */
export const nothing: Value = { kind: 'json', value: null, lacks: true };

/** A value at a path: one of those that it is compared with, or one beside them; open where there are none. */
export function picked(play: PossibleRun, path: string, property?: InputProperty): Value {
  const compared = play.stage.compared.get(path) ?? [];
  const isLeftOut = property !== undefined && !property.required && property.default === null;
  const values = [...new Set(valuesBeside(compared, property).map((each) => JSON.stringify(each)))];
  const fitting = values
    .map((text) => JSON.parse(text) as Json)
    .filter((value) => property === undefined || checkValue(value, property).length === 0);
  const isOpen = fitting.length > valuesMax || fitting.every((value) => value === null);
  const asNull = isLeftOut ? [nothing] : fitting.includes(null) ? [json(null)] : [];
  const known = isOpen ? [unknownValue(path)] : fitting.filter((value) => value !== null).map(json);
  const [only = unknownValue(path), ...others] = [...asNull, ...known];
  if (others.length === 0) return only;
  const value = play.choose(`value of ${path}`, [only, ...others]);
  if (value.kind === 'json') play.picked.set(path, JSON.stringify(value.value));

  return value;
}

function valuesBeside(compared: readonly Json[], property: InputProperty | undefined): readonly Json[] {
  if (property?.enum !== undefined) return property.enum;
  if (property?.type === 'boolean') return [true, false];
  if (compared.length === 0) return [];
  const preset = property?.default === undefined ? [] : [property.default];

  return [...compared.flatMap(beside), ...preset];
}

function beside(value: Json): readonly Json[] {
  switch (typeof value) {
    case 'number':
      return [value, value + 1, value - 1];
    case 'string':
      return [value, '~'];
    case 'boolean':
      return [true, false];
    default:
      return [value];
  }
}
