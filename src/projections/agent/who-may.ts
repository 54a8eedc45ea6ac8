import { authorityOf, type Deed } from '../../../machines/agents/authority.ts';
import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import type { Task } from '../../../machines/task.ts';

/** The performer of a task's attempt, in words. */
export function performerText(
  task: Task,
  { assigned = [], worker }: Pick<TaskState, 'assigned' | 'worker'>,
): string {
  const of = worker === undefined ? '' : ` (worker ${worker})`;
  if (task.type !== 'SIMPLE') return 'the engine';
  const { performer } = task;
  switch (performer.kind) {
    case 'run':
      return 'the engine, by its command';
    case 'uses':
      return `the engine, by ${performer.action}`;
    case 'agent':
      return `the agent ${performer.agent}${of}`;
    case 'skills':
      return assigned.length > 0
        ? `the agent ${assigned.map(({ agent }) => agent).join(', ')}${of}`
        : `an agent with the skills ${performer.skills.join(', ')}${of}`;
  }
}

const fromLeast = ['L3', 'L2', 'L1', 'L0'] as const;

/** The least level that may do something, in words: asked of the rules themselves, each level in turn. */
export function leastLevel(deed: Deed): string {
  const least = fromLeast.find(
    (level) => authorityOf([{ name: level, level }]).refusal(level, deed) === undefined,
  );

  return least === undefined || least === 'L0' ? 'L0' : `${least} or above`;
}
