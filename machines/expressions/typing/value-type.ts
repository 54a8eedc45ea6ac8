import type { Json } from '../../../events/canonical-json.ts';

/** What is known of a value before there is one; `any` is nothing. */
export type ValueType = 'any' | 'text' | 'number' | 'boolean' | 'list' | 'map' | 'null';

const words: Readonly<Record<ValueType, string>> = {
  any: 'any value',
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  map: 'a map',
  null: 'null',
};

export function inWords(type: ValueType): string {
  return words[type];
}

/** The type of a value that is there. */
export function typeOfValue(value: Json): ValueType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'map';

  return typeof value === 'string' ? 'text' : (typeof value as 'number' | 'boolean');
}

/** The type that all of the given ones are; `any` where they differ or there is none. */
export function commonType(types: readonly ValueType[]): ValueType {
  const [first = 'any', ...rest] = types;

  return rest.every((type) => type === first) ? first : 'any';
}

/** Whether a value of the type may be one of the allowed ones. */
export function mayBe(type: ValueType, ...allowed: readonly ValueType[]): boolean {
  return type === 'any' || allowed.includes(type);
}
