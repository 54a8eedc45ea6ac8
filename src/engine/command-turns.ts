import type { Roster } from '../ports/roster.ts';
import type { Route } from './agent-route.ts';
import { isOpen } from './attempt-open.ts';
import type { Attempts } from './attempts.ts';
import { createOfferWindows } from './offer-windows.ts';
import type { RemoteAttempt } from './remote-attempt.ts';

/** Attempts whose agent is a command: the engine runs it as often at a time as the agent has capacity. */
export type CommandTurns = {
  /** Has the attempt carried out when it is its turn; asked for again, it is looked whether it is. */
  readonly join: (entry: RemoteAttempt, agent: string) => void;
  /** It is over, or no longer for the command of an agent. */
  readonly leave: (entry: RemoteAttempt) => void;
  /** What has had its turn goes on, unless it is under way. */
  readonly goOn: (entry: RemoteAttempt) => void;
};

export function createCommandTurns(
  roster: Roster,
  here: Attempts,
  routeNow: (entry: RemoteAttempt) => Route,
): CommandTurns {
  const agents = new Map<RemoteAttempt, string>();
  const windows = createOfferWindows<RemoteAttempt>({
    sizeOf: (agent) => roster.find(agent)?.capacity ?? 1,
    onTurn: (entry) => {
      // Those of one run end, or are held up, one after the other: each gives its turn to the next of them.
      if (entry.fate !== undefined || entry.run.state.status === 'PAUSED' || !isOpen(entry.run, entry))
        return;
      const route = routeNow(entry);
      if (route.kind === 'here') entry.performer = route.performer;
      goOn(entry);
    },
  });

  function goOn({ run, task, address, attempt, performer, submit }: RemoteAttempt): void {
    if (performer !== undefined) here.begin(run, { task, address, attempt, performer }, submit);
  }

  function leave(entry: RemoteAttempt): void {
    const agent = agents.get(entry);
    agents.delete(entry);
    if (agent !== undefined) windows.leave(agent, entry);
  }

  return {
    join: (entry, agent) => {
      if (agents.get(entry) !== agent) leave(entry);
      agents.set(entry, agent);
      windows.join(agent, entry, entry.task.priority);
    },
    leave,
    goOn,
  };
}
