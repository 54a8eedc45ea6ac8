import { shortIdLength } from '../../machines/run/record/run-filter.ts';
import type { RunLookups } from '../ports/runs/run-index.ts';

/** The beginning of the id that no other run has, of 13 characters at least: only those beside it begin as it does. */
export function shortIdAmong(runs: Pick<RunLookups, 'neighbours'>, run: string): string {
  let length = shortIdLength;
  for (const other of runs.neighbours(run))
    while (length < run.length && other.startsWith(run.slice(0, length))) length += 1;

  return run.slice(0, length);
}
