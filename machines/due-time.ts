/** The time `delayMs` after a time, both ISO 8601, UTC. Arithmetic on times of events; no clock is read. */
export function dueTime(from: string, delayMs: number): string {
  return new Date(Date.parse(from) + delayMs).toISOString();
}
