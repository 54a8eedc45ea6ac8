import type { RetryPolicy } from '../task-common.ts';
import { textHash } from '../text-hash.ts';

/**
 * The delay in ms before the attempt that follows the failed attempt `attempt` (from 1). With full jitter the delay
 * is a fraction of it that follows from `seed` alone, so that every fold gives the same due time.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, seed: string): number {
  const grown = {
    fixed: policy.initialDelayMs,
    linear: policy.initialDelayMs * attempt,
    exponential: policy.initialDelayMs * policy.multiplier ** (attempt - 1),
  }[policy.backoff];
  const capped = Math.min(grown, policy.maxDelayMs);

  return Math.round(policy.jitter === 'full' ? capped * fractionOf(seed) : capped);
}

/** A number in [0, 1) from a text. murmur3's finalizer makes near texts give far numbers. */
function fractionOf(seed: string): number {
  let hash = textHash(seed);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);

  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
