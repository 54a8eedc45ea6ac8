import type { EventOutcome } from '../../../events/event-outcome.ts';
import type { EventOutcomeRow } from '../../api/people.ts';
import { effectText } from '../task/effect-text.ts';

const effectsMax = 20;

/** What became of an event that came in, as a row of a list. */
export function outcomeRow({
  position,
  at,
  status,
  type,
  by,
  event,
  text,
  effects,
}: EventOutcome): EventOutcomeRow {
  const runs = effects.flatMap(({ kind, run }) =>
    run === undefined || kind === 'ignored' || kind === 'refused' ? [] : [run],
  );
  const more = effects.length - effectsMax;
  const told = [...effects.slice(0, effectsMax).map(effectText), ...(more > 0 ? [`and ${more} more`] : [])];

  return {
    position,
    type,
    id: event?.id ?? '',
    source: event?.source ?? '',
    at,
    status,
    by,
    runs: [...new Set(runs)],
    note: told.length > 0 ? told.join('; ') : (text ?? ''),
    data: event?.data,
  };
}
