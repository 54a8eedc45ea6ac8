import { z } from 'zod';
import type { Json } from './canonical-json.ts';

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
  return hasReference(value) && BlobRef.safeParse(value).success;
}

/** Asked of every value that is read, and nearly none has one: the schemas are slow to say no. */
function hasReference(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '$blob');
}

/**
 * Stands in the state of a run for one member of a value with large values in it, which the fold cannot look into.
 * `otherwise` counts where the value turns out to have no such member.
 */
const MemberRef = z.strictObject({
  $blob: z.strictObject({ member: z.string(), of: z.unknown(), otherwise: z.unknown() }),
});
export type MemberRef = {
  readonly $blob: { readonly member: string; readonly of: Json; readonly otherwise: Json };
};

export function isMemberRef(value: unknown): value is MemberRef {
  return hasReference(value) && MemberRef.safeParse(value).success;
}

/**
 * Stands in the state of a run for a mapping that is made of several values, some of them large: each gives its
 * members, or itself by its name where it is no mapping. Of two members with one name the later one counts.
 */
const SpreadRefs = z.strictObject({ $blob: z.array(z.tuple([z.string(), z.unknown()])) });
export type SpreadRefs = { readonly $blob: readonly (readonly [string, Json])[] };

export function isSpreadRefs(value: unknown): value is SpreadRefs {
  return hasReference(value) && SpreadRefs.safeParse(value).success;
}
