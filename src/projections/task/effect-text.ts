import { cancelledCode, type EventEffect } from '../../../events/event-outcome.ts';

/** What one definition, or one run, made of an event, in words. */
export function effectText(effect: EventEffect): string {
  const { kind, run = '?', task, code, message = '' } = effect;
  const why = code === undefined ? message : `${message} [${code}]`;
  switch (kind) {
    case 'started':
      return `${triggerOf(effect)} started run ${run}`;
    case 'already':
      return `${triggerOf(effect)} had started run ${run} for the same key`;
    case 'held':
      return `${triggerOf(effect)} waits: ${why}`;
    case 'woke':
      if (code === cancelledCode) return `cancelled run ${run}`;
      return `woke ${task === undefined ? '' : `${task} of `}run ${run}`;
    case 'decided':
      return `decided ${task ?? 'an approval'} of run ${run}${message === '' ? '' : `: ${message}`}`;
    case 'ignored':
    case 'refused':
      return `${kind}${whoOf(effect)}: ${why}`;
  }
}

function triggerOf({ definition = '?', trigger = '?' }: EventEffect): string {
  return `${definition}/${trigger}`;
}

/** Empty for an effect without a particular addressee. */
function whoOf(effect: EventEffect): string {
  if (effect.definition !== undefined) return ` by ${triggerOf(effect)}`;

  return effect.run === undefined ? '' : ` by run ${effect.run}`;
}
