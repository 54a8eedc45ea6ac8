// The inbox in memory, for tests.
import { createMemoryEventInbox } from '../../../src/stores/memory/event-inbox.ts';
import { eventInboxContract } from '../../contract/event-inbox-contract.ts';

eventInboxContract(async () => {
  const inbox = createMemoryEventInbox();

  return { inbox, other: inbox, put: async (event) => inbox.put(event), close: async () => undefined };
});
