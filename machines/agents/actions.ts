import type { Definition } from '../definition.ts';
import type { Deed } from './authority.ts';

/** Starting a run of the definition: its domain is its label `domain`, or else `department`. */
export function starting({ id, labels }: Pick<Definition, 'id' | 'labels'>): Deed {
  return { kind: 'start', definition: id, domain: labels['domain'] ?? labels['department'] };
}

const doing = {
  pauseRun: 'pausing a run',
  resumeRun: 'resuming a run',
  terminateRun: 'terminating a run',
  cancelRun: 'cancelling a run',
  retryRun: 'retrying a run',
  rerun: 'running a run again',
  skipTask: 'skipping a task',
  resolveTask: 'giving a task its result',
  dropDeadLetter: 'dropping a dead letter',
} as const;

/** What a command that changes a run does, in words. */
export function controlling({ kind }: { readonly kind: keyof typeof doing }): Deed {
  return { kind: 'control', what: doing[kind] };
}
