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
