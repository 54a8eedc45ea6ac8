import { z } from 'zod';

/**
 * Stands in a fact for a value that is too large for the journal: `digest` is the SHA-256 (lower-case hex) and `bytes`
 * the size, in UTF-8, of the canonical JSON of the value, which the blob store keeps.
 */
export const BlobRef = z.strictObject({
  $blob: z.strictObject({ digest: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().nonnegative() }),
});
export type BlobRef = Readonly<z.output<typeof BlobRef>>;

/** Whether the value itself is a reference. What is nested in it is not looked at. */
export function isBlobRef(value: unknown): value is BlobRef {
  // Asked of every value that is read, and nearly none is one: the schema is slow to say no.
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '$blob')) return false;

  return BlobRef.safeParse(value).success;
}
