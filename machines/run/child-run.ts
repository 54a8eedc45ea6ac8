import { sha256Hex } from '../hash.ts';

/**
 * The id of the run that carries an attempt out. It follows from the attempt, so that a crash between naming it and
 * starting it starts it once; like every id it begins with the time, that of the run it belongs to.
 */
export function childRun(run: string, task: string, attempt: number): string {
  return `${run.slice(0, 10)}${sha256Hex(`${run}/${task}/${attempt}`).slice(0, 16)}`;
}
