import type { Refusal } from '../../../machines/run/decide/command.ts';

/** The run moved to another engine, or something that nobody foresaw went wrong in the one that was asked. */
const passing: ReadonlySet<string> = new Set(['run.moved', 'engine.error', 'engine.none']);

/**
 * Whether the same request may be answered otherwise later: a store could not be reached, or the run is elsewhere by
 * now. Such a refusal is no fact of what was asked, and nothing may be recorded because of it.
 */
export function isTransientRefusal({ code }: Refusal): boolean {
  return passing.has(code) || code.endsWith('.unavailable');
}

/** Another run could not be started for a reason that may pass. The reaction: ask again. */
export class NotStartedYet extends Error {
  override readonly name = 'NotStartedYet';
  readonly code: string;

  constructor(run: string, { code, message }: Refusal) {
    super(`the run ${run} could not be started yet: ${message}`);
    this.code = code;
  }
}
