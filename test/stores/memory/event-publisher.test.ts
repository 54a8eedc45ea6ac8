// Events in memory, for simulations.
import { createMemoryEventPublisher } from '../../../src/stores/memory/event-publisher.ts';
import { eventPublisherContract } from '../../contract/event-publisher-contract.ts';

eventPublisherContract(async () => {
  const events = createMemoryEventPublisher();

  events.hear(false);

  return {
    events,
    other: events,
    published: async () => events.published,
    serve: async () => undefined,
    listen: async () => {
      events.hear(true);
      return async () => events.hear(false);
    },
    close: async () => undefined,
  };
});
