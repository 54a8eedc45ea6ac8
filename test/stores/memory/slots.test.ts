// Slots in memory, for simulations.
import { createMemorySlots } from '../../../src/stores/memory/slots.ts';
import { slotsContract } from '../../contract/slots-contract.ts';

slotsContract(async () => {
  const slots = createMemorySlots();

  return { slots, other: slots, close: async () => undefined };
});
