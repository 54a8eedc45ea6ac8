// Leases in memory, on a clock that the test moves.
import { createMemoryLeases } from '../../../src/stores/memory/leases.ts';
import { leasesContract } from '../../contract/leases-contract.ts';
import { createManualClock } from '../../support/manual-clock.ts';

leasesContract(async () => {
  const clock = createManualClock();
  const leases = createMemoryLeases(clock, { ttlMs: 10_000 });

  return {
    leases,
    other: leases,
    letExpire: async () => clock.advance(10_000),
    close: async () => undefined,
  };
});
