import type { Team } from '../agents/agent-route.ts';
import type { RemoteAttempt } from './remote-attempt.ts';

/** So much of the journal one event may take, in characters of JSON; a record may be much larger. */
const assignedCharactersMax = 100_000;

/**
 * Attempts of a run for which agents were found in the same stretch are assigned by one event: a FORK that opens
 * hundreds of passes waits for one append.
 */
export function createAssigning(onUnplaced: (entry: RemoteAttempt) => void) {
  const waiting = new Map<string, Map<RemoteAttempt, Team>>();

  async function assignAll(found: ReadonlyMap<RemoteAttempt, Team>): Promise<void> {
    for (const some of inParts([...found])) {
      const open = some.filter(([{ fate }]) => fate === undefined);
      const assignments = open.map(([{ address: task, attempt }, agents]) => ({ task, attempt, agents }));
      if (assignments.length > 0) await open[0]?.[0].submit({ kind: 'assignTasks', assignments });
      for (const [entry] of some) {
        entry.isAssigning = false;
        if (entry.fate === undefined && entry.agent === undefined) onUnplaced(entry);
      }
    }
  }

  return {
    add: (entry: RemoteAttempt, agents: Team): void => {
      const { run } = entry.run.state;
      const known = waiting.get(run);
      if (known !== undefined) {
        known.set(entry, agents);
        return;
      }
      waiting.set(run, new Map([[entry, agents]]));
      queueMicrotask(() => {
        const found = waiting.get(run);
        waiting.delete(run);
        if (found !== undefined) void assignAll(found);
      });
    },
  };
}

type Found = readonly [RemoteAttempt, Team];

function inParts(found: readonly Found[]): readonly (readonly Found[])[] {
  const parts: Found[][] = [];
  let left = 0;
  for (const each of found) {
    const size = each[0].address.length + JSON.stringify(each[1]).length;
    if (size > left) {
      parts.push([]);
      left = assignedCharactersMax;
    }
    left -= size;
    parts.at(-1)?.push(each);
  }

  return parts;
}

/** Counts the attempts of each agent. */
export type Loads<Attempt extends object> = {
  /** The attempt is now assigned to this agent, or to none. */
  readonly give: (attempt: Attempt, agent: string | undefined) => void;
  readonly of: (agent: string) => number;
};

export function createLoads<Attempt extends object>(): Loads<Attempt> {
  const agents = new Map<Attempt, string>();
  const counts = new Map<string, number>();

  function count(agent: string, change: number): void {
    const now = (counts.get(agent) ?? 0) + change;
    if (now === 0) counts.delete(agent);
    else counts.set(agent, now);
  }

  return {
    give: (attempt, agent) => {
      const before = agents.get(attempt);
      if (before !== undefined) count(before, -1);
      agents.delete(attempt);
      if (agent === undefined) return;
      agents.set(attempt, agent);
      count(agent, 1);
    },
    of: (agent) => counts.get(agent) ?? 0,
  };
}
