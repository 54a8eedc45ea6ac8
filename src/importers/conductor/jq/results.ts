import type { Cel } from '../cel/tree.ts';

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

/** A jq filter, the part of jq that can be translated. */
export type Jq =
  | { readonly kind: 'identity' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'text'; readonly parts: readonly (string | Jq)[] }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'index'; readonly of: Jq; readonly key: Jq }
  /** `.[from:to]`. */
  | { readonly kind: 'slice'; readonly of: Jq; readonly from?: Jq; readonly to?: Jq }
  /** `.[]`. */
  | { readonly kind: 'each'; readonly of: Jq }
  | { readonly kind: 'pipe'; readonly left: Jq; readonly right: Jq }
  | { readonly kind: 'bind'; readonly value: Jq; readonly name: string; readonly body: Jq }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Jq; readonly right: Jq }
  | { readonly kind: 'negate'; readonly of: Jq }
  | { readonly kind: 'if'; readonly when: Jq; readonly yes: Jq; readonly no: Jq }
  | { readonly kind: 'list'; readonly of: Jq | undefined }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Jq, Jq])[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Jq[] };
