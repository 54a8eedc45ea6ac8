// Events in memory, for simulations.
import { createMemoryEventPublisher } from '../../../src/stores/memory/event-publisher.ts';
import { eventPublisherContract } from '../../contract/event-publisher-contract.ts';

eventPublisherContract(async () => {
  const events = createMemoryEventPublisher();

  return { events, other: events, published: async () => events.published, close: async () => undefined };
});
