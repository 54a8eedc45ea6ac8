import type { Json } from '../../events/canonical-json.ts';
import type { AttemptLog } from '../../events/task-events.ts';
import type { Attempt } from '../../src/ports/work/handler.ts';

export type Progress = { readonly percent?: number; readonly message?: string };

/** An attempt as an engine would give it to a handler, with every heartbeat kept. Templates render to themselves. */
export function testAttempt(given: Partial<Attempt> & { readonly projectDir: string }): Attempt & {
  readonly beats: readonly (Progress | undefined)[];
  readonly said: readonly Json[];
  readonly logs: readonly AttemptLog[];
} {
  const beats: (Progress | undefined)[] = [];
  const said: Json[] = [];
  const logs: AttemptLog[] = [];

  return {
    run: 'run-1',
    task: 'a_task',
    attempt: 1,
    key: 'run-1/a_task',
    attemptKey: 'run-1/a_task/1',
    input: {},
    signal: new AbortController().signal,
    heartbeat: (progress) => void beats.push(progress),
    details: (details) => void said.push(details),
    lastDetails: undefined,
    log: (log) => void logs.push(log),
    render: (template: Json) => template,
    ...given,
    beats,
    said,
    logs,
  };
}
