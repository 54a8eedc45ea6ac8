import type { RunAction } from '../../../../api/run.ts';

export type ActionKind = RunAction['kind'];

/** How an action is spoken of, and how it is asked for. */
export type ActionWords = {
  /** On the button. */
  readonly verb: string;
  /** What it does and what it leaves, in a sentence. */
  readonly effect: string;
  /** `end`: ends the run in order. `kill`: ends it at once and undoes nothing. */
  readonly tone: 'go' | 'plain' | 'end' | 'kill';
};

const words: Readonly<Record<ActionKind, ActionWords>> = {
  pauseRun: {
    verb: 'Pause',
    effect: 'No further task is begun. What is under way is finished.',
    tone: 'plain',
  },
  resumeRun: { verb: 'Resume', effect: 'The same run goes on from where it was paused.', tone: 'go' },
  cancelRun: {
    verb: 'Cancel',
    effect: 'The run ends in order: what its tasks did is undone, last first, where the definition says how.',
    tone: 'end',
  },
  terminateRun: {
    verb: 'Terminate',
    effect: 'The run ends at once. Nothing is undone, and work outside may still finish.',
    tone: 'kill',
  },
  retryRun: {
    verb: 'Retry',
    effect: 'The same run goes on: failed tasks are tried again, finished ones are kept.',
    tone: 'go',
  },
  rerun: {
    verb: 'Rerun',
    effect: 'The same run carries out this task and all behind it anew, with other input if you like.',
    tone: 'plain',
  },
  fork: {
    verb: 'Fork',
    effect: 'A new run goes on from this event. This one stays as it is.',
    tone: 'plain',
  },
  approve: { verb: 'Approve', effect: 'The run goes on with your approval.', tone: 'go' },
  reject: { verb: 'Reject', effect: 'The run goes on as its definition says for a refusal.', tone: 'end' },
  requestChange: {
    verb: 'Ask for a change',
    effect: 'What it depends on is done again, as you say, and then it is asked anew.',
    tone: 'plain',
  },
  delegateApproval: { verb: 'Delegate', effect: 'Somebody else may answer in your place.', tone: 'plain' },
  skipTask: {
    verb: 'Skip',
    effect: 'The task is left out and the run goes on without its output.',
    tone: 'plain',
  },
  resolveTask: {
    verb: 'Resolve',
    effect: 'The task counts as done with the output that you give.',
    tone: 'plain',
  },
  signal: { verb: 'Send signal', effect: 'Tasks that wait for this signal go on.', tone: 'go' },
  dropDeadLetter: {
    verb: 'Drop dead letter',
    effect: 'The run is no longer kept as one that waits to be retried.',
    tone: 'plain',
  },
  startAgain: {
    verb: 'Run again with these inputs',
    effect: 'A new run begins with the same inputs, which can be changed before.',
    tone: 'go',
  },
};

/** Kinds that this page does not know are still shown, by their names. */
export function actionWords(kind: string): ActionWords {
  return words[kind as ActionKind] ?? { verb: kind, effect: '', tone: 'plain' };
}

/** What is most wanted first: one of these is the main button of the page. */
const primaries: readonly ActionKind[] = ['approve', 'retryRun', 'resumeRun', 'signal'];

/** Of a run that did not complete, and of which nothing can be done again in itself. */
function isAllThatIsLeft({ kind }: RunAction, actions: readonly RunAction[]): boolean {
  return kind === 'startAgain' && !actions.some((each) => each.kind === 'retryRun' || each.kind === 'rerun');
}

/** The one action that stands out, and the others: about the run and about single tasks. */
export function arranged(actions: readonly RunAction[]): {
  readonly primary: RunAction | undefined;
  readonly ofRun: readonly RunAction[];
  readonly ofTasks: readonly RunAction[];
} {
  const primary = primaries
    .map((kind) => actions.find((action) => action.kind === kind))
    .concat(actions.find((action) => isAllThatIsLeft(action, actions)))
    .find((action) => action !== undefined);
  const rest = actions.filter((action) => action !== primary);

  return {
    primary,
    ofRun: rest.filter(({ task }) => task === undefined),
    ofTasks: rest.filter(({ task }) => task !== undefined),
  };
}
