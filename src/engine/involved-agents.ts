import type { JournalRecord } from '../../events/record.ts';
import { TaskAssigned } from '../../events/task-events.ts';
import { localId } from '../../machines/compile/address.ts';
import type { Chart } from '../../machines/compile/chart.ts';

/** The agents that began a task of a run, as its records tell it one after another. */
export type InvolvedAgents = {
  readonly sees: (record: JournalRecord, chart: Chart) => void;
  /** In the order in which they first did. */
  readonly names: () => readonly string[];
};

export function createInvolvedAgents(): InvolvedAgents {
  const names = new Set<string>();
  /** Who the latest attempt of a task was assigned to by their skills, by the address of the task. */
  const teams = new Map<string, readonly string[]>();

  return {
    sees: (record, { plan }) => {
      const { task } = record.data.fact;
      if (typeof task !== 'string') return;
      if (record.type === TaskAssigned.type) teams.set(task, teamOf(record));
      if (!isBegun(record)) return;
      const performer = plan.get(localId(task))?.task.performer;
      const begun = performer?.kind === 'agent' ? [performer.agent] : (teams.get(task) ?? []);
      for (const name of begun) names.add(name);
    },
    names: () => [...names],
  };
}

/** An attempt that ends at once is recorded by its end alone; one that the engine ended was begun by nobody. */
function isBegun({ type, data: { fact } }: JournalRecord): boolean {
  if (type === 'task.started') return true;
  if (type !== 'task.completed' && type !== 'task.failed') return false;

  return fact['startedAt'] !== undefined && fact['worker'] !== 'engine';
}

function teamOf({ data: { fact } }: JournalRecord): readonly string[] {
  return TaskAssigned.schema.parse(fact).agents.map(({ agent }) => agent);
}
