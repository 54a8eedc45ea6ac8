import type { Json } from '../events/canonical-json.ts';

/** A CEL expression, without the `${ }` around it. */
export type Expression = string;
/** Any JSON value whose strings may hold `${expression}`. */
export type Template = Json;
