// Snapshots in memory, for simulations.
import { createMemorySnapshots } from '../../../src/stores/memory/snapshots.ts';
import { snapshotsContract } from '../../contract/snapshots-contract.ts';

snapshotsContract(async () => {
  const store = createMemorySnapshots();

  return { store, other: store, close: async () => undefined };
});
