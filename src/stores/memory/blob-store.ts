import { sha256Hex } from '../../../machines/hash.ts';
import { BlobDamaged, type BlobStore } from '../../ports/runs/blob-store.ts';

/** Blobs in memory, for simulation tests. `plant` stores what a disk that lies would give. */
export function createMemoryBlobStore(): BlobStore & {
  readonly plant: (digest: string, text: string) => void;
} {
  const blobs = new Map<string, string>();

  return {
    put: async ({ digest, text }) => {
      if (sha256Hex(text) !== digest) throw new BlobDamaged(digest, 'it is not the digest of the text');
      blobs.set(digest, text);
    },
    get: async (digest) => {
      const text = blobs.get(digest);
      if (text !== undefined && sha256Hex(text) !== digest) {
        throw new BlobDamaged(digest, 'what is stored has another digest');
      }

      return text;
    },
    plant: (digest, text) => {
      blobs.set(digest, text);
    },
  };
}
