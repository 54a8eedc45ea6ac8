import type { Json } from '../../../events/canonical-json.ts';
import type { Node } from '../tree.ts';

const words: Readonly<Record<ValueType, string>> = {
  any: 'any value',
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  map: 'a map',
  null: 'null',
  timestamp: 'a moment',
  duration: 'a duration',
};

/** Something in an expression that can only fail, or can only have one answer, whatever the values are. */
export type TypeFault = {
  readonly message: string;
  /** Characters of the text of the expression. */
  readonly start: number;
  readonly end: number;
};

/** What is known of the names that an expression reads: `['workflow', 'input', 'x']`. */
export type KnownTypes = (path: readonly string[]) => ValueType;

/** One look at an expression: what is known around a node, and what was found wrong so far. */
export type Typing = {
  readonly known: KnownTypes;
  /** Names that the expression itself gives, as in `list.map(x, ...)`. */
  readonly bound: ReadonlySet<string>;
  readonly faults: TypeFault[];
  readonly infer: (node: Node, typing: Typing) => ValueType;
};

export function report({ faults }: Typing, { start, end }: Node, message: string): void {
  faults.push({ message, start, end });
}

/** What is known of a value before there is one; `any` is nothing. */
export type ValueType =
  | 'any'
  | 'text'
  | 'number'
  | 'boolean'
  | 'list'
  | 'map'
  | 'null'
  /** Only inside of an expression: its result is a text. */
  | 'timestamp'
  | 'duration';

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
