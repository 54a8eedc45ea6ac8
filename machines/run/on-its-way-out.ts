import type { RunState } from '../chart/run/run-state.ts';
import { type Decision, refuse } from './decide/decision.ts';

/** The phases in which a run is on its way out: nothing new begins that is not part of that. */
const leaving: ReadonlySet<string> = new Set(['cancelling', 'compensating', 'notifying']);

export function isLeaving({ phase }: RunState): boolean {
  return leaving.has(phase);
}

export function onItsWayOut({ phase, ending }: RunState): Decision {
  const end = ending?.phase ?? 'its end';

  return refuse('run.leaving', `the run is ${phase}, on its way to ${end}; only \`terminate\` can hurry it`);
}
