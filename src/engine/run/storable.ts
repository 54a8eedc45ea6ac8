import type { Fact } from '../../../events/catalogue.ts';
import { claimCheck } from '../../../machines/run/record/claim-check.ts';
import { redactFact } from '../../../machines/run/record/redact.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import { RecordTooLarge } from '../../ports/runs/journal.ts';
import { keptAtHand } from './resolve-blobs.ts';

/** The most bytes that one value may have: larger ones belong into files. */
export const blobBytesMax = 32 * 1024 * 1024;

/**
 * The fact as it may stand in the journal: without secrets, and with references for what is too large, whose content
 * is stored before. Rejects with BlobUnavailable, RecordTooLarge.
 */
export async function storable(blobs: BlobStore, run: Run, fact: Fact): Promise<Fact> {
  const claimed = claimCheck(redactFact(fact, run.aside.hidden));
  for (const blob of claimed.blobs) {
    if (blob.bytes > blobBytesMax)
      throw new RecordTooLarge(`${run.state.run}/${run.sequence + 1}`, blob.bytes, blobBytesMax);
    await blobs.put(blob);
    keptAtHand(run, blob);
  }

  return claimed.fact;
}
