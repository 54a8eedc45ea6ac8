// The simulated leases keep the promises of the real ones.
import { leasesContract } from '../../contract/leases-contract.ts';
import { createLeaseServer } from './leases.ts';
import { createQuietWorld } from './quiet-world.ts';

leasesContract(async () => {
  const quiet = createQuietWorld();
  const server = createLeaseServer(quiet.world, 10_000);

  return {
    leases: server.of(quiet.link('one')),
    other: server.of(quiet.link('other')),
    letExpire: () => quiet.pass(11_000),
    close: async () => quiet.stop(),
  };
});
