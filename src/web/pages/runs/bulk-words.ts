import type { BulkKind } from './bulk.ts';

export type BulkWords = { readonly label: string; readonly effect: string; readonly isEnding: boolean };

/** What can be asked of many runs at once, and what it does to each. */
export const bulkWords: Readonly<Record<BulkKind, BulkWords>> = {
  retryRun: {
    label: 'Retry',
    effect:
      'Each goes on from what failed; what was completed is kept. The same runs go on, no new ones begin.',
    isEnding: false,
  },
  pauseRun: { label: 'Pause', effect: 'What is under way ends; nothing new begins.', isEnding: false },
  resumeRun: { label: 'Resume', effect: 'Each goes on from where it was paused.', isEnding: false },
  cancelRun: {
    label: 'Cancel',
    effect: 'Each ends in order: what it has done is undone where its definition says how.',
    isEnding: true,
  },
  terminateRun: {
    label: 'Terminate',
    effect: 'Each ends at once and nothing is undone. What agents are doing may still finish outside.',
    isEnding: true,
  },
  dropDeadLetter: {
    label: 'Drop dead letter',
    effect: 'Nobody is asked to look at the failure any more.',
    isEnding: false,
  },
};
