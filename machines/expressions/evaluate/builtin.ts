import type { Json } from '../../../events/canonical-json.ts';
import type { Frame } from '../frame.ts';
import type { ValueType } from '../typing/typing.ts';

/** What people are told of a function, or of what is called on a value. */
export type Words = {
  /** Such as `substring(from, to?)`. */
  readonly signature: string;
  readonly doc: string;
  /** An expression that needs no data. */
  readonly example: string;
};

/** A function: what people are told of it, what the checker knows of it, and what it does. */
export type Builtin = Words & {
  /** How many arguments it has to have and may have; the value before a dot is the first. */
  readonly least: number;
  readonly most: number;
  /** What each argument may be. The last kind holds for all that follow; without any, everything fits. */
  readonly takes: readonly (readonly ValueType[])[];
  readonly gives: ValueType;
  readonly apply: (args: readonly Json[], frame: Frame) => Json;
};

type More = Partial<Pick<Builtin, 'least' | 'most' | 'takes'>> & Pick<Builtin, 'gives' | 'apply'>;

/** A function of one argument, unless it is said otherwise. */
export function builtin(signature: string, doc: string, example: string, more: More): Builtin {
  const least = more.least ?? 1;

  return { signature, doc, example, takes: [], ...more, least, most: more.most ?? least };
}

/** By their names, in this order. */
export function byName(...all: readonly Builtin[]): ReadonlyMap<string, Builtin> {
  return new Map(all.map((each) => [each.signature.slice(0, each.signature.indexOf('(')), each]));
}
