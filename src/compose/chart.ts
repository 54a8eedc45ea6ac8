import type { Fact } from '../../events/catalogue.ts';
import { compileChart } from '../../machines/chart/chart.ts';
import { type ChartEvent, descriptorOf } from '../../machines/chart/chart-event.ts';
import { type Statechart, statechartOf } from '../../machines/chart/statechart/statechart.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { formatProblems } from '../../machines/language/problem.ts';

export type { Statechart } from '../../machines/chart/statechart/statechart.ts';

/** Compiles the text of a definition (YAML or JSON) to one XState machine. Throws with every problem there is. */
export function compile(definition: string): Statechart {
  const result = loadDefinition({ file: 'definition', content: definition });
  if (!result.ok) throw new Error(`this is no valid definition\n${formatProblems(result.problems)}`);
  const { loaded } = result;

  return statechartOf(compileChart(loaded.definition, loaded.ref));
}

/** A fact of the journal as the machine takes it. `time` is ISO 8601, UTC; `actor` is who caused it. */
export function machineEvent(fact: Fact, time: string, actor: string): ChartEvent {
  return { type: descriptorOf(fact), fact, time, actor };
}
