import type { Clock } from '../ports/clock.ts';
import type { Agent, DrainMark } from '../ports/roster.ts';

/** What was said here about agents, for as long as a roster may not have heard of it. */
export type SaidOfAgents = {
  /** `mark` undefined: the agent takes work again. */
  readonly note: (agent: string, mark: DrainMark | undefined) => void;
  readonly applied: (agent: Agent) => Agent;
};

/** A roster reads the marks every two seconds. */
const keptMs = 5_000;

export function createSaidOfAgents(clock: Pick<Clock, 'now'>): SaidOfAgents {
  const said = new Map<string, { readonly mark: DrainMark | undefined; readonly untilMs: number }>();

  return {
    note: (agent, mark) => void said.set(agent, { mark, untilMs: clock.now() + keptMs }),
    applied: (agent) => {
      const latest = said.get(agent.name);
      if (latest === undefined) return agent;
      if (clock.now() >= latest.untilMs) {
        said.delete(agent.name);
        return agent;
      }
      const { draining: _draining, ...rest } = agent;

      return latest.mark === undefined ? rest : { ...rest, draining: latest.mark };
    },
  };
}
