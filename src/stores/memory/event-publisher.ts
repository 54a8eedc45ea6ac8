import { type CloudEvent, isEventType } from '../../../events/cloud-event.ts';
import {
  type EventAudience,
  type EventPublisher,
  EventTooLarge,
} from '../../ports/events/event-publisher.ts';

/** Events in memory, for simulation tests. `published` holds them in their order. */
export type MemoryEventPublisher = EventPublisher &
  EventAudience & {
    readonly published: readonly CloudEvent[];
    /** Somebody listens from now on, as at first, or nobody does. */
    readonly hear: (isHeard: boolean) => void;
  };

const EVENT_BYTES_MAX = 1024 * 1024 - 512;

export function createMemoryEventPublisher(): MemoryEventPublisher {
  const published: CloudEvent[] = [];
  const remembered = new Set<string>();
  let isHeard = true;

  return {
    published,
    hear: (isHeardNow) => {
      isHeard = isHeardNow;
    },
    isHeard: async () => isHeard,
    publish: async (event, { once = true } = {}) => {
      if (!isEventType(event.type))
        throw new RangeError(`${JSON.stringify(event.type)} is no type of an event`);
      const body = JSON.stringify(event);
      const bytes = Buffer.byteLength(body);
      if (bytes > EVENT_BYTES_MAX) throw new EventTooLarge(event.id, bytes, EVENT_BYTES_MAX);
      const name = JSON.stringify([event.source, event.id]);
      if (once && remembered.has(name)) return { stored: false };
      if (once) remembered.add(name);

      // What is published crosses as text, as it does to another process.
      published.push(JSON.parse(body) as CloudEvent);

      return { stored: true };
    },
  };
}
