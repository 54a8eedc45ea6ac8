import type { ErrorData } from '../../events/error-data.ts';
import type { Task } from '../task.ts';

/** The codes of the failures that stand for all that are treated alike. */
const passing: ErrorData = { code: 'scenario.failed', message: 'the attempt failed', retryable: true };
const lasting: ErrorData = { code: 'scenario.broken', message: 'no attempt can succeed', retryable: false };

/**
 * The failures between which the definition tells a difference: one that another attempt may overcome, one that none
 * can, and one for each error code that it names.
 */
export function failuresOf({ retry, catch: clauses }: Task): readonly ErrorData[] {
  const named = [...retry.nonRetryable, ...clauses.flatMap(({ errors }) => errors)];
  const codes = new Set(named.filter((code) => code !== '*'));

  return [
    passing,
    ...(retry.maxAttempts > 1 ? [lasting] : []),
    ...[...codes].map((code) => ({ code, message: `the attempt failed with ${code}`, retryable: true })),
  ];
}
