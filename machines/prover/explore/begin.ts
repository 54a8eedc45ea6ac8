import type { Chart } from '../../chart/chart.ts';
import { newRun } from '../../run/run.ts';
import type { Candidates } from '../candidates/candidates.ts';
import { scenarioStart } from './scenario.ts';
import type { Scene } from './scene.ts';

/** A run that has not begun. */
export function begin(chart: Chart, candidates: Candidates): Scene {
  return {
    run: newRun(chart),
    now: scenarioStart,
    pace: 'quick',
    silent: new Set(),
    events: [],
    candidates,
  };
}
