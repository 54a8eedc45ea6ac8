/** The authority of whoever acts: L0 stands above all others. */
export type Level = 'L0' | 'L1' | 'L2' | 'L3';

/** Whether one level is enough where another is asked for; where none is, all are. */
export function isEnough(level: Level, least: Level | undefined): boolean {
  return least === undefined || level <= least;
}
