// Definitions in memory, for simulations.
import { createMemoryDefinitionStore } from '../../../src/adapters/memory/definition-store.ts';
import { definitionStoreContract } from '../../contract/definition-store-contract.ts';

definitionStoreContract(async () => ({ store: createMemoryDefinitionStore(), close: async () => undefined }));
