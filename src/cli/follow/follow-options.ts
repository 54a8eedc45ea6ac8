import { parseDuration } from '../../../machines/language/duration.ts';
import { CliFailure } from '../cli-failure.ts';

/** The options of every command that follows a run. */
export type FollowFlags = { readonly detach?: boolean; readonly wait?: boolean; readonly timeout?: string };

/** Reads `--timeout`. Throws CliFailure. */
export function timeoutOf({ timeout, detach, wait }: FollowFlags): { readonly timeoutMs?: number } {
  if (detach === true && wait === true)
    throw new CliFailure('usage.flags', '--wait and --detach exclude each other');
  if (timeout === undefined) return {};
  const parsed = parseDuration(timeout);
  if (!parsed.ok) throw new CliFailure('usage.timeout', `--timeout: ${parsed.reason}`);

  return { timeoutMs: parsed.ms };
}
