import { planOf } from '../../../machines/chart/plan.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Journal } from '../../ports/runs/journal.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { createBreakers } from './breakers.ts';

/** How the circuit breakers of the tasks of a run are now, in whatever runs their attempts failed. */
export async function withBreakers(
  deps: { readonly journal: Journal; readonly clock: Clock },
  view: RunView,
): Promise<RunView> {
  const tasks = [...planOf(view.definition).values()].map(({ task }) => task);
  const guarded = tasks.filter(({ circuitBreaker }) => circuitBreaker !== undefined);
  if (guarded.length === 0) return view;
  const breakers = createBreakers(deps);
  try {
    const states = await Promise.all(
      guarded.map(async (task) => [task.id, await breakers.state(view.definition.id, task)] as const),
    );
    const known = states.flatMap(([id, state]) => (state === undefined ? [] : [[id, state] as const]));
    return { ...view, breakers: Object.fromEntries(known) };
  } finally {
    breakers.stop();
  }
}
