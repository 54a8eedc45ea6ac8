// The journal in memory keeps the same promises as the one on a server: simulations stand on it.
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { journalContract } from '../../contract/journal-contract.ts';

journalContract(async () => {
  const journal = createMemoryJournal();

  return {
    journal,
    other: journal,
    plant: async (run, body) => journal.plant({ run, body }),
    close: async () => undefined,
  };
});
