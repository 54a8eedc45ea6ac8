import type { Clock } from '../../ports/clock.ts';
import type { Roster } from '../../ports/work/agent-admin.ts';
import type { Route } from '../agents/agent-route.ts';
import { isAttemptOpen } from './attempt-entry.ts';
import type { Attempts } from './attempts.ts';
import type { Offering } from './offering.ts';
import type { RemoteAttempt } from './remote-attempt.ts';
import { type AttemptTurns, claimantOf, createAttemptTurns } from './turns.ts';

/** So many offers of an agent nobody has begun yet: its workers wait for none, and few have to be taken back. */
const offersMin = 4;
const offersMax = 64;

/** An offer is a turn: it is taken back from the queue for whoever comes before it, unless somebody has begun it. */
export function createOfferTurns(
  clock: Clock,
  roster: Roster,
  { offer, recall }: Offering,
): AttemptTurns<RemoteAttempt> {
  const placesOf = (agent: string) => roster.find(agent)?.capacity ?? 0;

  return createAttemptTurns<RemoteAttempt>({
    clock,
    placesOf,
    onTurn: (entry) => {
      entry.hasTurn = true;
      offer(entry);
    },
    offers: {
      aheadMax: (agent) => Math.min(Math.max(placesOf(agent), offersMin), offersMax),
      onTakenBack: (entry) => {
        entry.hasTurn = false;
        recall(entry);
      },
    },
  });
}

/** Attempts whose agent is a command: the engine runs as many at a time as the agent has capacity. */
type CommandTurns = {
  /** Has the attempt carried out when it has a slot; a repeated call checks that again. */
  readonly join: (entry: RemoteAttempt, agent: string) => void;
  /** It is over, or no longer for the agent's command. */
  readonly leave: (entry: RemoteAttempt) => void;
  /** Attempts that have had their slot go on, unless they are in progress. */
  readonly goOn: (entry: RemoteAttempt) => void;
};

export function createCommandTurns(
  clock: Clock,
  roster: Roster,
  here: Attempts,
  routeNow: (entry: RemoteAttempt) => Route,
): CommandTurns {
  const agents = new Map<RemoteAttempt, string>();
  const windows = createAttemptTurns<RemoteAttempt>({
    clock,
    placesOf: (agent) => roster.find(agent)?.capacity ?? 1,
    onTurn: (entry) => {
      // Attempts of one run end or are held back one by one: each frees its slot for the next.
      if (entry.fate !== undefined || entry.run.state.status === 'PAUSED' || !isAttemptOpen(entry.run, entry))
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
      windows.join(agent, entry, claimantOf(entry));
    },
    leave,
    goOn,
  };
}
