import { EventOutcome } from '../../../events/event-outcome.ts';
import { fittingOutcome, isWanted } from '../../../machines/triggers/kept-outcome.ts';
import type { EventOutcomes } from '../../ports/events/outcome-filter.ts';

/** Outcomes in memory, for simulation tests. They are kept for ever. */
export function createMemoryEventOutcomes(): EventOutcomes {
  const noted = new Map<number, { readonly place: number; readonly body: string }>();
  let place = 0;
  const read = (body: string): EventOutcome => EventOutcome.parse(JSON.parse(body));

  return {
    note: async (outcome) => {
      // Taken out first, so that it becomes the latest.
      noted.delete(outcome.position);
      place += 1;
      noted.set(outcome.position, { place, body: JSON.stringify(fittingOutcome(outcome)) });
    },
    list: async (filter) =>
      [...noted.values()]
        .map(({ body, ...each }) => ({ ...each, outcome: read(body) }))
        .filter((each) => each.place < (filter.before ?? Number.POSITIVE_INFINITY))
        .filter(({ outcome }) => isWanted(outcome, filter))
        .reverse()
        .slice(0, filter.limit),
    of: async (position) => {
      const found = noted.get(position);

      return found && read(found.body);
    },
  };
}
