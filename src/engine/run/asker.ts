import type { Refusal } from '../../../machines/run/decide/command.ts';
import type { Run } from '../../../machines/run/run.ts';

/** Who gives a command: a request from outside has an id, and is answered as before when it comes again. */
export type Asker = {
  readonly actor: string;
  readonly id?: string;
  /** Why they may not give it to this run; without, they may. */
  readonly refused?: (run: Run) => Refused | undefined;
};

/** The outcome of what somebody may not do. */
export type Refused = { readonly ok: false; readonly refusal: Refusal };
