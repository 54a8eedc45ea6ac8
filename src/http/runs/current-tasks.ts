import type { BoardLine } from '../../ports/runs/board.ts';
import { type AgentTaskRow, agentTasks } from '../../projections/agent/agent-row.ts';
import type { ApiDeps } from '../api.ts';

/** How many runs are read for it, those that changed last. */
const runsMax = 100;

const known = new WeakMap<BoardLine, Promise<readonly AgentTaskRow[]>>();

/** What agents have under way in the runs that changed last. A run is read again only when it has changed. */
export async function currentTasks({
  board,
  workflows,
}: Pick<ApiDeps, 'board' | 'workflows'>): Promise<readonly AgentTaskRow[]> {
  const busy = board.lines().filter(hasAttempts).slice(0, runsMax);
  const found = await Promise.all(
    busy.map((line) => {
      const tasks = known.get(line) ?? read(workflows, line.run);
      known.set(line, tasks);
      return tasks;
    }),
  );

  return found.flat();
}

function hasAttempts({ head, damage }: BoardLine): boolean {
  return damage === undefined && head.active.some(({ status }) => status === 'IN_PROGRESS');
}

/** A run that cannot be read says nothing here: its own page tells why. */
async function read(workflows: ApiDeps['workflows'], run: string): Promise<readonly AgentTaskRow[]> {
  try {
    return agentTasks(await workflows.view(run));
  } catch {
    return [];
  }
}
