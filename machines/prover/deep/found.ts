import type { Move } from '../explore/move.ts';
import type { Scenario } from '../explore/scenario.ts';

/** `error`: no run that gets there is as it was meant. `warning`: somebody should look. `note`: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** What a property found, before its counter-example is played. */
export type Found = {
  /** Stable and dotted: `deep.deadlock`. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** The tasks that it is about, by their ids. It is shown at the first; at the workflow when there is none. */
  readonly tasks: readonly string[];
  /** The key of the task, or of the workflow, that it is about: `loop_condition`. */
  readonly key?: string;
  /** The key of a scene that shows it. */
  readonly scene?: string;
  /** What is done there. */
  readonly moves?: readonly Move[];
};

/** What is wrong with a definition, and a run that shows it. */
export type DeepFinding = Pick<Found, 'code' | 'severity' | 'message' | 'tasks' | 'key'> & {
  readonly counterexample?: Scenario;
};
