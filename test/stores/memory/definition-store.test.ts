// Definitions in memory, for simulations.
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { definitionStoreContract } from '../../contract/definition-store-contract.ts';

definitionStoreContract(async () => {
  const store = createMemoryDefinitionStore();

  return { store, other: store, close: async () => undefined };
});
