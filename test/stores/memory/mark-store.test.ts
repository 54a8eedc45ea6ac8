// Marks in memory, for simulations.
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { markStoreContract } from '../../contract/mark-store-contract.ts';

markStoreContract(async () => {
  const marks = createMemoryMarkStore();

  return { marks, other: marks, close: async () => undefined };
});
