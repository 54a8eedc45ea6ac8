import type { EventOutcome } from '../../../events/event-outcome.ts';
import type { EventOutcomeRow } from '../../api/people.ts';
import { effectText } from '../task/effect-text.ts';

const effectsMax = 20;

/** What became of an event that came in, with what lists show of it. */
export function outcomeRow(outcome: EventOutcome): EventOutcomeRow {
  const { event, text, effects } = outcome;
  const runs = effects.flatMap(({ kind, run }) =>
    run === undefined || kind === 'ignored' || kind === 'refused' ? [] : [run],
  );
  const more = effects.length - effectsMax;
  const told = [...effects.slice(0, effectsMax).map(effectText), ...(more > 0 ? [`and ${more} more`] : [])];

  return {
    ...outcome,
    id: event?.id ?? '',
    source: event?.source ?? '',
    runs: [...new Set(runs)],
    note: told.length > 0 ? told.join('; ') : (text ?? ''),
  };
}
