// Bundles in memory, for tests.
import { createMemoryBundleStore } from '../../../src/stores/memory/bundle-store.ts';
import { bundleStoreContract } from '../../contract/bundle-store-contract.ts';

bundleStoreContract(async () => {
  const store = createMemoryBundleStore();

  return { store, other: store, close: async () => undefined };
});
