import type { Transition } from '../../../events/record.ts';

/** `validate: scheduled -> completed`; without a task for a change of the run. */
export function transitionText({ task, from, to }: Transition): string {
  return `${task === undefined ? '' : `${task}: `}${from} -> ${to}`;
}
