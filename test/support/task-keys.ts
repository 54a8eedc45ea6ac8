import type { TaskCommon } from '../../machines/task.ts';

/** What every task has, as the language fills it in where a definition says nothing. */
export function taskKeys(id: string): TaskCommon {
  return {
    id,
    dependsOn: [],
    join: 'all',
    retry: {
      maxAttempts: 1,
      backoff: 'fixed',
      initialDelayMs: 1000,
      maxDelayMs: 60_000,
      multiplier: 2,
      jitter: 'none',
      nonRetryable: [],
      onExhausted: 'fail',
    },
    timeoutPolicy: 'retry',
    fallback: [],
    optional: false,
    catch: [],
    performer: { kind: 'skills', skills: [id] },
    priority: 0,
  };
}
