import { type Evaluate, type Frame, spend } from '../frame.ts';
import { ExpressionFailure } from '../outcome.ts';
import { needBoolean } from './values.ts';

/** Steps of a failure that is set aside: making one costs far more than a step. */
const failureWork = 50;

/** `when ? then : otherwise`; only the branch taken is evaluated. */
export function buildChoice(when: Evaluate, then: Evaluate, otherwise: Evaluate): Evaluate {
  return (frame) => (needBoolean(when(frame), 'the condition before "?"') ? then(frame) : otherwise(frame));
}

/**
 * `&&` and `||` as CEL has them: the side that decides wins, even when the other side fails. `decides` is the value
 * that settles the matter: true for `||`, false for `&&`.
 */
export function buildJunction(decides: boolean, left: Evaluate, right: Evaluate): Evaluate {
  const what = decides ? '"||"' : '"&&"';

  return (frame) => {
    const first = attempt(left, what, frame);
    if (first === decides) return decides;
    const second = needBoolean(right(frame), what);
    if (second === decides || typeof first === 'boolean') return second;
    throw first;
  };
}

/** A truth, or the failure that stands in its place until something else decides. Limits are never set aside. */
export function attempt(evaluate: Evaluate, what: string, frame: Frame): boolean | ExpressionFailure {
  try {
    return needBoolean(evaluate(frame), what);
  } catch (error) {
    if (!(error instanceof ExpressionFailure) || error.code === 'expression.limit') throw error;
    spend(frame, failureWork);
    return error;
  }
}
