// The journal in memory leaves runs behind as the one on a server does.
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { generationsContract } from '../../contract/generations-contract.ts';

generationsContract(async () => {
  const journal = createMemoryJournal();

  return {
    journal,
    other: journal,
    generations: journal.generations,
    plant: async (run, body) => journal.plant({ run, body }),
    close: async () => undefined,
  };
});
