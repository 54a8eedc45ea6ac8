import { EventOutcome } from '../../../events/event-outcome.ts';
import { fittingOutcome, isWanted } from '../../../machines/triggers/kept-outcome.ts';
import type { EventOutcomes } from '../../ports/events/outcome-filter.ts';

/** Outcomes in memory, for simulation tests. They are kept for ever. */
export function createMemoryEventOutcomes(): EventOutcomes {
  const bodies = new Map<number, string>();
  const read = (body: string): EventOutcome => EventOutcome.parse(JSON.parse(body));

  return {
    note: async (outcome) => {
      // Taken out first, so that it becomes the latest.
      bodies.delete(outcome.position);
      bodies.set(outcome.position, JSON.stringify(fittingOutcome(outcome)));
    },
    list: async (filter) =>
      [...bodies.values()]
        .map(read)
        .filter((outcome) => isWanted(outcome, filter))
        .reverse()
        .slice(0, filter.limit),
    of: async (position) => {
      const body = bodies.get(position);

      return body === undefined ? undefined : read(body);
    },
  };
}
