import { compileChart } from '../../../machines/chart/chart.ts';
import { diagramOf, labelOf } from '../../../machines/chart/statechart/diagram.ts';
import { statechartOf } from '../../../machines/chart/statechart/statechart.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import { boxSize, type UnplacedGraph } from './definition-graph.ts';

/** The states of the statechart of a definition as boxes that stand inside of each other, and its transitions. */
export function stateGraph({ definition, ref }: Pick<LoadedDefinition, 'definition' | 'ref'>): UnplacedGraph {
  const { states, transitions } = diagramOf(statechartOf(compileChart(definition, ref)).config);

  return {
    boxes: states.map(({ label, kind, ...state }) => ({
      ...state,
      name: label,
      type: kind,
      ...boxSize(label, kind),
    })),
    lines: transitions.map((each) => ({
      id: `transition ${each.from} ${each.to}`,
      from: each.from,
      to: each.to,
      kind: 'transition',
      label: labelOf(each),
      events: [...each.events],
    })),
  };
}
