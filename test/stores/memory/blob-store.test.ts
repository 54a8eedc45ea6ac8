// Blobs in memory, for simulations.
import { createMemoryBlobStore } from '../../../src/stores/memory/blob-store.ts';
import { blobStoreContract } from '../../contract/blob-store-contract.ts';

blobStoreContract(async () => {
  const store = createMemoryBlobStore();

  return {
    store,
    other: store,
    plant: async (digest, text) => store.plant(digest, text),
    close: async () => undefined,
  };
});
