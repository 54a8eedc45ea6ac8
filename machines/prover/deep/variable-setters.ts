import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../chart/chart.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import { mayOverlap } from './overlap.ts';

type Setter = { readonly id: string; readonly place: TaskPlace; readonly value: Json };

/** The tasks that set a variable, and to what. */
export function settersOf({ plan }: Chart, name: string): readonly Setter[] {
  return [...plan.values()].flatMap((place) => {
    const { task } = place;
    return task.type === 'SET_VARIABLE' && name in task.variables
      ? [{ id: task.id, place, value: task.variables[name] ?? null }]
      : [];
  });
}

/** Whether what the task finds in a variable is a matter of which task is quicker. Only one order is explored. */
export function isContested(chart: Chart, reader: string, name: string): boolean {
  const setters = settersOf(chart, name).map(({ place }) => place);
  const at = chart.plan.get(reader);
  const users = at === undefined ? setters : [at, ...setters];

  return setters.some((one) => users.some((other) => mayOverlap(chart, one, other)));
}
