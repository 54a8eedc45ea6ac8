import { type Claimant, createTurnOrder, type TurnOrder } from '../../../machines/agents/turn-order.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import type { Entry } from './attempt-entry.ts';

/** Attempts that take turns, by the name of the agent that they are for. */
export type AttemptTurns<Attempt extends object> = {
  /** It waits for a turn, and gets it now or when others make room. Does nothing when it waits or has one. */
  readonly join: (agent: string, attempt: Attempt, claimant: Claimant) => void;
  /** Somebody has begun it. Where turns are offers, it makes room by that. */
  readonly begun: (agent: string, attempt: Attempt) => void;
  /** It needs no turn any more. */
  readonly leave: (agent: string, attempt: Attempt) => void;
  /** Reads the agents' capacities again. */
  readonly look: () => void;
};

type Line<Attempt extends object> = {
  readonly order: TurnOrder<Attempt>;
  readonly holders: Set<Attempt>;
  /** What gets a turn may leave at once: the loop that gave it goes on, and no second one begins. */
  isGiving: boolean;
};

/**
 * Whose turn it is decides `machines/agents/turn-order.ts`. With `onTakenBack` a turn is an offer, which lasts until
 * somebody begins it and is taken back for whoever comes before it; without it, a turn lasts until the attempt leaves.
 */
export function createAttemptTurns<Attempt extends object>({
  sizeOf,
  onTurn,
  onTakenBack,
}: {
  /** How many attempts of the agent may have a turn at a time. */
  readonly sizeOf: (agent: string) => number;
  readonly onTurn: (attempt: Attempt) => void;
  readonly onTakenBack?: (attempt: Attempt) => void;
}): AttemptTurns<Attempt> {
  const lines = new Map<string, Line<Attempt>>();

  function lineOf(agent: string): Line<Attempt> {
    const line = lines.get(agent) ?? {
      order: createTurnOrder<Attempt>(),
      holders: new Set<Attempt>(),
      isGiving: false,
    };
    lines.set(agent, line);

    return line;
  }

  function give(agent: string, line: Line<Attempt>): void {
    if (line.isGiving) return;
    line.isGiving = true;
    while (line.holders.size < sizeOf(agent)) {
      const next = line.order.take();
      if (next === undefined) break;
      line.holders.add(next);
      if (onTakenBack === undefined) line.order.used(next);
      onTurn(next);
    }
    line.isGiving = false;
  }

  function takeBack({ order, holders }: Line<Attempt>): void {
    for (const attempt of order.overtaken()) {
      holders.delete(attempt);
      onTakenBack?.(attempt);
    }
  }

  return {
    join: (agent, attempt, claimant) => {
      const line = lineOf(agent);
      if (line.holders.has(attempt)) return;
      line.order.add(attempt, claimant);
      if (onTakenBack !== undefined) takeBack(line);
      give(agent, line);
    },
    begun: (agent, attempt) => {
      const line = lines.get(agent);
      if (line === undefined || onTakenBack === undefined) return;
      line.order.used(attempt);
      line.order.delete(attempt);
      line.holders.delete(attempt);
      give(agent, line);
    },
    leave: (agent, attempt) => {
      const line = lines.get(agent);
      if (line === undefined) return;
      line.order.delete(attempt);
      line.holders.delete(attempt);
      give(agent, line);
      if (line.holders.size === 0 && line.order.isEmpty()) lines.delete(agent);
    },
    look: () => {
      for (const [agent, line] of lines) give(agent, line);
    },
  };
}

/** By its task's priority, its run's fairness key, and since when it waits. */
export function claimantOf({
  run,
  task,
  address,
}: Pick<Entry, 'run' | 'address'> & { readonly task: { readonly priority?: number } }): Claimant {
  const { scheduledAt = run.state.startedAt ?? '' } = taskAt(run.state, address) ?? {};

  return {
    priority: task.priority ?? priorityDefault,
    key: run.state.fairnessKey ?? '',
    sinceMs: Date.parse(scheduledAt),
  };
}

const priorityDefault = 5;
