import type { Json } from '../../events/canonical-json.ts';

/** A value that is kept, with the revision that the next write has to name. */
export type KeptMark = { readonly value: Json; readonly revision: number };

/**
 * Small facts that all engines remember: how far a schedule has come, what is paused or drained, how far runs were told
 * of, which alerts were said, what people said of failures. Changed by compare-and-set alone. Keys are parts joined by
 * `/`; each part may be any text that is not empty. Rejects where the store does not answer, and with RangeError for
 * what is no key.
 */
export interface MarkStore {
  /** Read through the leader: never older than what was written. */
  read(key: string): Promise<KeptMark | undefined>;
  /**
   * Writes where the mark is still at `revision` (0: there is none). Resolves with the new revision; undefined when
   * somebody else was first.
   */
  write(key: string, value: Json, revision: number): Promise<number | undefined>;
  /** Takes the mark away where it is still at `revision`; else nothing happens, and it resolves with false. */
  remove(key: string, revision: number): Promise<boolean>;
  /** Every mark whose key begins with these parts, by its key. */
  all(first: string): Promise<ReadonlyMap<string, KeptMark>>;
}
