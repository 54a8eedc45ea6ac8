import type { Json } from '../../../events/canonical-json.ts';

/** One agreement to an approval. `inPlaceOf`: who is away, and named `by` to answer meanwhile. */
export type Grant = {
  readonly by: string;
  readonly inPlaceOf?: string;
  readonly at: string;
  readonly comment?: string;
  readonly data?: Json;
};

/** What somebody wants to be otherwise before they decide. */
export type ChangeRequest = {
  readonly by: string;
  readonly inPlaceOf?: string;
  readonly comment: string;
  readonly at: string;
};

/** Somebody who was asked had another one asked instead, or as well. */
export type Delegation = {
  readonly by: string;
  readonly to: string;
  readonly at: string;
  readonly reason?: string;
};

/** An answer to an approval that did not count, and why. */
export type RefusedAnswer = {
  readonly task: string;
  readonly by: string;
  readonly decision: 'approve' | 'reject' | 'delegate' | 'change';
  readonly code: string;
  readonly message: string;
  readonly at: string;
};

/** Whoever answers in place of somebody spends the answers of both: of four eyes none may be the same twice. */
export function whoAnswered({
  by,
  inPlaceOf,
}: {
  readonly by: string;
  readonly inPlaceOf?: string | undefined;
}): readonly string[] {
  return inPlaceOf === undefined ? [by] : [by, inPlaceOf];
}
