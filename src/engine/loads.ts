/** How many attempts each agent has. */
export type Loads<Attempt extends object> = {
  /** From now on the attempt is with this agent, or with nobody. */
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
