/**
 * A transition that tests should cover, of a task or, without one, of the run itself. `from` is `*` for what may happen
 * to a task in any state. Inside of a body it is one transition, whichever pass it happens in.
 */
export type Target = {
  readonly task?: string;
  readonly from: string;
  /** What leads to it: the type of the event without its task, or in words what happened elsewhere in the run. */
  readonly cause: string;
  readonly to: string;
};

/** The `from` of what may happen to a task in any state. */
export const anyState = '*';

/** What leads to a transition of a task and is no event about that task. */
export const causes = {
  /** What the task waits for was settled, began to recover, or was opened. */
  dependencies: 'dependencies',
  branchesEnded: 'branches ended',
  fallbackEnded: 'fallback ended',
  partFailed: 'part.failed',
  /** Somebody who is asked wants it made anew. */
  changeAsked: 'approval.change-requested',
  passEnded: 'pass.ended',
  undo: 'undo',
  /** The branch, of which it undoes a part, was given up for another one. */
  branchLost: 'branch lost',
  givenUp: 'given up',
  begunAnew: 'begun anew',
  skippedByHand: 'skipped by hand',
  completedByHand: 'completed by hand',
} as const;

/** What leads to a transition of the run and is no event about the run. */
export const runCauses = {
  sunk: 'a task failed',
  ended: 'a TERMINATE was reached',
  exhausted: 'attempts used up',
  allSettled: 'all settled',
  undone: 'undone',
  orphanEnded: 'child.ended',
} as const;

/** Names the target among those of its definition. */
export function targetKey({ task = '', from, cause, to }: Target): string {
  return `${task}|${from}|${cause}|${to}`;
}

/** `pay: in_progress -> retrying (task.failed)`; of the run itself: `run: running -> paused (run.paused)`. */
export function targetText({ task = 'run', from, cause, to }: Target): string {
  const before = from === anyState ? 'any state' : from;

  return `${task}: ${before} -> ${to} (${cause})`;
}
