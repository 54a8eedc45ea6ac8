// The simulated file of a ledger keeps the promises of the real one.
import { ledgerFileContract } from '../../contract/ledger-file-contract.ts';
import { createLedgerDisk } from './ledger-disk.ts';
import { createQuietWorld } from './quiet-world.ts';

ledgerFileContract(async () => {
  const quiet = createQuietWorld();
  const disk = createLedgerDisk();

  return {
    file: disk.of(quiet.link('one')),
    other: disk.of(quiet.link('other')),
    close: async () => quiet.stop(),
  };
});
