import type { Cel } from '../cel/tree.ts';
import type { Jq } from './tree.ts';

/** What a filter gives: one value, perhaps only under a condition (`select`), or the items of a list. */
export type Results =
  | { readonly kind: 'one'; readonly value: Cel; readonly when?: Cel }
  | { readonly kind: 'many'; readonly list: Cel };

export type JqScope = {
  /** What `.` is. */
  readonly input: Cel;
  readonly variables: ReadonlyMap<string, Cel>;
  readonly depth: number;
};

/** The translator, for the functions, which translate their arguments. */
export type JqTranslator = {
  readonly results: (node: Jq, scope: JqScope) => Results;
  readonly single: (node: Jq, scope: JqScope) => Cel;
};
