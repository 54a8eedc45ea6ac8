import type { EventOutcome } from '../../events/event-outcome.ts';
import { timeMs } from '../due-time.ts';

/** So much is kept of one outcome, as JSON: a million of them must have room. */
const OUTCOME_BYTES_MAX = 32 * 1024;
const TEXT_LENGTH_MAX = 2_000;
const EFFECTS_MAX = 20;
const TYPE_LENGTH_MAX = 200;

/** From all that is known to what says least. */
const VERSIONS: readonly ((outcome: EventOutcome) => EventOutcome)[] = [
  (outcome) => outcome,
  withoutData,
  (outcome) => ({ ...withText(withoutData(outcome)), effects: outcome.effects.slice(0, EFFECTS_MAX) }),
];

/** An outcome as it is kept: the same, or without the data of its event, and then with less of the rest. */
export function fittingOutcome(outcome: EventOutcome): EventOutcome {
  for (const version of VERSIONS) {
    const smaller = version(outcome);
    if (new TextEncoder().encode(JSON.stringify(smaller)).length <= OUTCOME_BYTES_MAX) return smaller;
  }
  const { position, at, status, type } = outcome;

  return { position, at, status, type: type.slice(0, TYPE_LENGTH_MAX), effects: [] };
}

function withoutData(outcome: EventOutcome): EventOutcome {
  if (outcome.event === undefined) return outcome;
  const { data: _, ...event } = outcome.event;

  return { ...outcome, event };
}

function withText(outcome: EventOutcome): EventOutcome {
  return outcome.text === undefined ? outcome : { ...outcome, text: outcome.text.slice(0, TEXT_LENGTH_MAX) };
}

/** What outcomes were asked for. */
type Wanted = {
  readonly status?: EventOutcome['status'] | undefined;
  readonly type?: string | undefined;
  readonly sinceMs?: number | undefined;
};

/** Whether the outcome is among those that were asked for. */
export function isWanted(outcome: EventOutcome, { status, type, sinceMs }: Wanted): boolean {
  return (
    (status === undefined || outcome.status === status) &&
    (type === undefined || outcome.type === type) &&
    (sinceMs === undefined || timeMs(outcome.at) >= sinceMs)
  );
}
