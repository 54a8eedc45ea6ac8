import type { RunState } from '../../chart/run/run-state.ts';
import { localId } from '../../chart/task-at.ts';
import { sha256Hex } from '../../hash.ts';

/** How runs end whose failure is one to be looked into: what a person ended did not fail. */
export const failedStatuses = ['FAILED', 'TIMED_OUT'] as const;

/** What tells one failure from another. `task` is the address of the task whose failure ended the run. */
type Failure = {
  readonly definition: string;
  readonly task?: string;
  readonly code: string;
  readonly message: string;
};

/** The failure of a run that did not complete. */
export function failureOf({
  definition,
  status,
  error,
  failedTask,
}: Pick<RunState, 'definition' | 'status' | 'error' | 'failedTask'>): Failure {
  return {
    definition: definition.id,
    ...(failedTask === undefined ? {} : { task: failedTask }),
    code: error?.code ?? (status === 'TIMED_OUT' ? 'run.timed-out' : 'run.failed'),
    message: error?.message ?? '',
  };
}

/** Names a group of failures. No pass through a FORK is another task; what differs from run to run does not count. */
export function failureKeyOf({ definition, task, code, message }: Failure): string {
  const place = task === undefined ? '' : localId(task);

  return sha256Hex(JSON.stringify([definition, place, code, alike(message)])).slice(0, 16);
}

/** Failures are told apart by how their messages begin: a message may hold a whole answer of another program. */
const comparedMax = 2_000;

/** A message without what tells one run from another: numbers, ids, paths and what is quoted. */
export function alike(message: string): string {
  return message
    .slice(0, comparedMax)
    .replace(/"[^"\n]*"|'[^'\n]*'|`[^`\n]*`/g, '<text>')
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<id>')
    .replace(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, '<id>')
    .replace(/(?<![\w.@-])[\w.@-]*(?:\/[\w.@-]+)+\/?/g, '<path>')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, '<id>')
    .replace(/\d+(?:[.,]\d+)*/g, '<n>')
    .replace(/\s+/g, ' ')
    .trim();
}
