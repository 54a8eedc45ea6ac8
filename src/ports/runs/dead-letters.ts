import type { DefinitionRef, ErrorData } from '../../../events/run-events.ts';

/** A task that failed for good and took its run with it, or had it pause for somebody to look. */
export type DeadLetter = {
  readonly run: string;
  readonly definition: DefinitionRef;
  /** The address of the task. */
  readonly task: string;
  readonly attempts: number;
  readonly error?: ErrorData;
  readonly at: string;
  /** `FAILED`, `TIMED_OUT`, or `PAUSED` where the run waits for somebody. */
  readonly status: string;
};
