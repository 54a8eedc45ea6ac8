// Outcomes in memory, for simulations.
import { createMemoryEventOutcomes } from '../../../src/stores/memory/event-outcomes.ts';
import { eventOutcomesContract } from '../../contract/event-outcomes-contract.ts';

eventOutcomesContract(async () => {
  const outcomes = createMemoryEventOutcomes();

  return { outcomes, other: outcomes, close: async () => undefined };
});
