/**
 * Values too large for the journal, by the SHA-256 digest (lower-case hex) of their text. A blob is never changed and
 * never deleted. Both operations reject with BlobUnavailable when the store cannot be reached.
 */
export interface BlobStore {
  /**
   * Keeps the text; resolves when it is stored for good. The same again, also by several at once or after a crash in
   * the middle, is fine. Rejects with BlobDamaged when the digest is not that of the text.
   */
  put(blob: { readonly digest: string; readonly text: string }): Promise<void>;
  /**
   * The text, checked against its digest. A `put` that has resolved, whoever made it, is always seen. Undefined when
   * there is no such blob. Rejects with BlobDamaged.
   */
  get(digest: string): Promise<string | undefined>;
}

/** What is stored is not what its digest says. The reaction: whatever needs it fails; restore it from a backup. */
export class BlobDamaged extends Error {
  override readonly name = 'BlobDamaged';
  readonly code = 'blob.damaged';

  constructor(digest: string, reason: string) {
    super(`blob ${digest.slice(0, 80)}: ${reason}`);
  }
}

/** The store could not be reached for as long as it was tried. The reaction: stall visibly, try later. */
export class BlobUnavailable extends Error {
  override readonly name = 'BlobUnavailable';
  readonly code = 'blob.unavailable';
}
