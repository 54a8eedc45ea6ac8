import { parseDuration } from '../../machines/language/duration.ts';
import { writtenTimeMs } from '../projections/written-time.ts';
import { CliFailure } from './cli-failure.ts';

/** What `--since` says: a time, or how long ago. Throws CliFailure. */
export function sinceMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  const ms = ago.ok ? nowMs - ago.ms : writtenTimeMs(text);
  if (ms !== undefined) return ms;

  throw new CliFailure(
    'usage.since',
    `--since: "${text}" is neither how long ago, such as 7d, nor a time, such as 2026-01-31T09:00:00Z`,
  );
}
