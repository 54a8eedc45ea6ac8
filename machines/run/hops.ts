import type { RunState } from '../chart/run/run-state.ts';

/** How many runs lie between it and the outside, where an event of a run led to it, or to the run it belongs to. */
export function hopsOf({ hops, trigger }: Pick<RunState, 'hops' | 'trigger'>): number | undefined {
  return hops ?? trigger?.hops;
}
