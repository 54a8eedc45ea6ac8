import type { Fact } from '../../../events/catalogue.ts';
import type { Refusal } from './command.ts';

/** The answer to a command: one fact, or why there is none. */
export type Decision =
  | { readonly ok: true; readonly fact: Fact }
  | { readonly ok: false; readonly refusal: Refusal };

export function accept(fact: Fact): Decision {
  return { ok: true, fact };
}

export function refuse(code: string, message: string): Decision {
  return { ok: false, refusal: { code, message } };
}

export function unknownTask(address: string): Decision {
  return refuse('task.unknown', `the run has no task ${address}`);
}
