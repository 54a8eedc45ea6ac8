// The archive that tests and simulations use keeps the promises of the one in files.
import { createMemoryRunArchive } from '../../../src/stores/memory/run-archive.ts';
import { runArchiveContract } from '../../contract/run-archive-contract.ts';
import { memorySigning } from '../../support/archived-runs.ts';

runArchiveContract(async () => {
  const { key, ...signing } = memorySigning();
  const archive = createMemoryRunArchive(signing);

  return { archive, other: archive, key, close: async () => undefined };
});
