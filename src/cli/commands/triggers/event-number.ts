import { CliFailure } from '../../cli-failure.ts';

/** The number of an event as it was typed. Throws CliFailure. */
export function eventNumber(text: string, what: string): number {
  const at = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(at)) return at;

  throw new CliFailure('usage.at', `${what} takes the number of an event, from 1 on, not "${text}"`);
}
