import type { BlobRef } from '../../../events/blob-ref.ts';
import type { Json } from '../../../events/canonical-json.ts';
import { BlobNeeded } from '../../../machines/run/record/claim-check.ts';
import { unclaimed } from '../../../machines/run/record/resolve-blobs.ts';
import { emptyAside, type Run } from '../../../machines/run/run.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';

/** A value that the journal refers to is in no store. The reaction: whatever needs it fails. */
class BlobMissing extends Error {
  override readonly name = 'BlobMissing';
  readonly code = 'blob.missing';

  constructor({ $blob }: BlobRef) {
    super(
      `a value of ${$blob.bytes} bytes (digest ${$blob.digest.slice(0, 12)}) is not in the blob store any more`,
    );
  }
}

/** The most large values that are kept at hand for one run. */
const atHandMax = 64;

/**
 * Does something that may read large values of a run, and brings those that are not at hand. Rejects with BlobMissing,
 * BlobDamaged, BlobUnavailable, and with whatever `act` throws.
 */
export async function withBlobs<T>(
  store: BlobStore,
  run: () => Pick<Run, 'aside'>,
  act: () => T | Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof BlobNeeded)) throw error;
      await bring(store, run().aside.blobs as Map<string, Json>, error.refs);
    }
  }
}

/** A value that was just stored is likely to be read next. */
export function keptAtHand(
  { aside }: Run,
  { digest, text }: { readonly digest: string; readonly text: string },
): void {
  const atHand = aside.blobs as Map<string, Json>;
  if (atHand.size >= atHandMax) atHand.clear();
  atHand.set(digest, JSON.parse(text) as Json);
}

async function bring(store: BlobStore, atHand: Map<string, Json>, refs: readonly BlobRef[]): Promise<void> {
  if (atHand.size + refs.length > atHandMax) atHand.clear();
  const digests = new Map(refs.map((ref) => [ref.$blob.digest, ref]));
  for (const [digest, ref] of digests) {
    const text = await store.get(digest);
    if (text === undefined) throw new BlobMissing(ref);
    atHand.set(digest, JSON.parse(text) as Json);
  }
}

/** What another run was given, with the content of its references: nothing of this run is at hand yet. */
export async function contentOf(
  store: BlobStore,
  input: Readonly<Record<string, Json>>,
): Promise<Readonly<Record<string, Json>>> {
  const blobs = new Map<string, Json>();
  const at = { aside: { ...emptyAside, blobs } };

  return withBlobs(
    store,
    () => at,
    () => unclaimed(at, input) as Readonly<Record<string, Json>>,
  );
}
