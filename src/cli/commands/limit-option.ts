import { CliFailure } from '../cli-failure.ts';

/** The value of `--limit`. Throws CliFailure. */
export function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new CliFailure('usage.limit', `--limit takes a whole number from 1 on, not "${text}"`);
  }

  return limit;
}
