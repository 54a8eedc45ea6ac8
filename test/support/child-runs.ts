// What an engine tells a run of the runs that carry its SUB_WORKFLOW tasks out.
import type { Json } from '../../events/canonical-json.ts';
import type { ErrorData } from '../../events/run-events.ts';
import type { Command } from '../../machines/run/decide/command.ts';

const definition = { id: 'child', version: 1, hash: 'c'.repeat(64) };

/** Names the run that carries an attempt out. */
export function names(task: string, run: string, attempt = 1): Command {
  return { kind: 'delegate', task, attempt, child: { run, definition, input: {} } };
}

/** Tells how that run ended. */
export function ended(task: string, run: string, end: Partial<ChildEnd> = {}): Command {
  return { kind: 'endChild', task, run, attempt: 1, status: 'COMPLETED', ...end };
}

type ChildEnd = {
  readonly attempt: number;
  readonly status: string;
  readonly output: Json;
  readonly error: ErrorData;
};
