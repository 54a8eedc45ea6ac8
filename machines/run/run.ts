import type { Chart } from '../compile/chart.ts';
import type { RunState } from '../compile/run-state.ts';

/** One execution of a definition, as far as its journal has been folded. */
export type Run = {
  readonly chart: Chart;
  readonly state: RunState;
  /** Events folded so far: the sequence of the last record, 0 before the first. */
  readonly sequence: number;
  /** The hash of the last record, '' before the first. */
  readonly hash: string;
};

/** A run before its first event. */
export function newRun(chart: Chart): Run {
  return { chart, state: chart.initial, sequence: 0, hash: '' };
}
