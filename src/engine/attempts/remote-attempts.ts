import { taskAt } from '../../../machines/chart/task-at.ts';
import { statusOf } from '../../../machines/chart/task-status.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Roster } from '../../ports/work/agent-admin.ts';
import { agentOf, isOfAgent, type Route, routeOf, type Team, unknownNames } from '../agents/agent-route.ts';
import { createAssigning, createLoads, type Loads } from './assigning.ts';
import { isAttemptOpen, type Submit } from './attempt-entry.ts';
import type { AskedFor, Attempts } from './attempts.ts';
import { createOffering, type Offering, offerAgainMs } from './offering.ts';
import {
  askBreaker,
  heldAttempt,
  holderLeftMs,
  isOwn,
  newRemoteAttempt,
  type RemoteAttempt,
  type RemoteDeps,
} from './remote-attempt.ts';
import { createCommandTurns, createOfferTurns } from './remote-turns.ts';
import { type AttemptTurns, claimantOf } from './turns.ts';

/** Many workers may come or go at once: the registry is read once for all of them. */
const pauseMs = 100;

/** A worker may be on its way back, and an engine that has just begun has not heard of all of them. */
const unknownMs = 30_000;

/**
 * Attempts of agents: offered until a worker takes them; reports of workers go to `createReporting`. Everything else,
 * including the command of an agent, is carried out `here`.
 */
export function createRemoteAttempts(deps: RemoteDeps, here: Attempts): Attempts {
  const { clock, holders, performers } = deps;
  const { roster } = deps.work;
  const underWay = new Map<string, Map<string, RemoteAttempt>>();
  const loads = createLoads<RemoteAttempt>();
  const offering = createOffering(deps, (entry) => {
    place(entry);
    offering.offer(entry);
  });
  const offers = createOfferTurns(clock, roster, offering);
  const holdings = createHoldings({ loads, offers, offering });
  const assigning = createAssigning((entry) => offering.later(entry, offerAgainMs));
  const routeNow = (entry: RemoteAttempt) => routeOf(entry, { roster, performers, loadOf: loads.of });
  const turns = createCommandTurns(clock, roster, here, routeNow);
  holders.onHanded(({ run, address, attempt }) => {
    const entry = underWay.get(run)?.get(address);
    if (entry?.attempt !== attempt || entry.agent === undefined) return;
    offers.begun(entry.agent, entry);
    offering.later(entry, holders.ttlMs);
  });
  const stopWatching = watchRoster({ clock, roster }, () => {
    for (const ofRun of underWay.values()) for (const entry of ofRun.values()) place(entry);
    offers.look();
  });

  function begin(run: Run, asked: AskedFor, submit: Submit): void {
    const { task, address, attempt } = asked;
    if (!isOfAgent(task)) {
      here.begin(run, asked, submit);
      return;
    }
    const id = run.state.run;
    const ofRun = underWay.get(id) ?? new Map<string, RemoteAttempt>();
    const current = ofRun.get(address);
    if (current !== undefined && current.attempt !== attempt) end(current);
    const known = current?.attempt === attempt ? current : undefined;
    const entry = known ?? newRemoteAttempt({ run, task, address, attempt, submit });
    entry.run = run;
    underWay.set(id, ofRun.set(address, entry));
    place(entry);
  }

  /** Moves the attempt to where it belongs: nowhere, an agent's queue, or this process. */
  function place(entry: RemoteAttempt): void {
    const { run, task, address } = entry;
    if (entry.fate !== undefined || run.state.status === 'PAUSED') return;
    if (entry.performer !== undefined) {
      turns.goOn(entry);
      return;
    }
    const route = routeNow(entry);
    const agent = agentOf(run, task, address);
    watchNames(entry, deps);
    const leftMs = isOwn(entry, route) ? 0 : holderLeftMs(entry, holders);
    if (route.kind !== 'here' || leftMs > 0) turns.leave(entry);
    // Its holder goes on, whatever has become of the agent.
    if (agent !== undefined && leftMs > 0) {
      holdings.hold(entry, agent);
      offering.later(entry, leftMs);
      return;
    }
    go(entry, route);
  }

  function go(entry: RemoteAttempt, route: Route): void {
    switch (route.kind) {
      case 'stay':
        return;
      case 'wait':
        holdings.takeBack(entry, 'its agent may not have it any more');
        return;
      case 'assign':
        assign(entry, route.agents);
        return;
      case 'queue':
        queue(entry, route.agent);
        return;
      case 'here':
        holdings.takeBack(entry, 'the engine itself carries it out');
        loads.give(entry, route.agent);
        if (entry.isAdmitted) turns.join(entry, route.agent);
        else askBreaker(entry, deps, place);
    }
  }

  function queue(entry: RemoteAttempt, agent: string): void {
    holdings.give(entry, agent);
    if (entry.hasTurn) return;
    if (entry.isAdmitted) offers.join(agent, entry, claimantOf(entry));
    else askBreaker(entry, deps, place);
  }

  function assign(entry: RemoteAttempt, agents: Team): void {
    if (entry.isAssigning) return;
    entry.isAssigning = true;
    holdings.takeBack(entry, 'another agent was found for it');
    loads.give(entry, agents[0]?.agent);
    // The event has it placed again.
    assigning.add(entry, agents);
  }

  function settle(run: Run): void {
    here.settle(run);
    const entries = [...(underWay.get(run.state.run)?.values() ?? [])];
    for (const entry of entries) entry.run = run;
    for (const entry of entries) settleOne(run, entry);
  }

  function settleOne(run: Run, entry: RemoteAttempt): void {
    if (!isAttemptOpen(run, entry)) end(entry);
    else if (run.state.status === 'PAUSED' && entry.performer === undefined) {
      turns.leave(entry);
      holdings.pause(entry);
    } else if (entry.agent !== undefined && isBegun(entry)) offers.begun(entry.agent, entry);
  }

  /** The attempt is over. The worker that reported the result knows; any other holder is told. */
  function end(entry: RemoteAttempt): void {
    const of = heldAttempt(entry);
    const { run, task, address } = entry;
    const agent = entry.agent ?? agentOf(run, task, address);
    const state = taskAt(run.state, address)?.state ?? 'cancelled';
    forget(entry, 'over');
    holders.forget(of);
    if (agent === undefined || entry.performer !== undefined || holders.isReporting(of)) return;
    void offering.withdraw(entry, agent, `the attempt is over: the task is ${statusOf(state)}`);
  }

  function forget(entry: RemoteAttempt, fate: 'over' | 'dropped'): void {
    const { run } = entry.run.state;
    const ofRun = underWay.get(run);
    entry.fate = fate;
    entry.stop.tell(new Error(`the attempt is ${fate}`));
    entry.cancelNext();
    entry.cancelUnknown?.();
    holdings.leave(entry);
    turns.leave(entry);
    ofRun?.delete(entry.address);
    if (ofRun?.size === 0) underWay.delete(run);
  }

  function drop(run: string): void {
    here.drop(run);
    const entries = [...(underWay.get(run)?.values() ?? [])];
    for (const entry of entries) entry.fate = 'dropped';
    for (const entry of entries) forget(entry, 'dropped');
    holders.drop(run);
  }

  return { begin, settle, drop, stop: stopWatching };
}

/** Which agent each attempt is with, as far as this engine gave it to one. */
function createHoldings({
  loads,
  offers,
  offering,
}: {
  readonly loads: Loads<RemoteAttempt>;
  readonly offers: AttemptTurns<RemoteAttempt>;
  readonly offering: Offering;
}) {
  function leave(entry: RemoteAttempt): void {
    const { agent } = entry;
    entry.agent = undefined;
    entry.hasTurn = false;
    loads.give(entry, undefined);
    if (agent !== undefined) offers.leave(agent, entry);
  }

  function takeBack(entry: RemoteAttempt, reason: string): void {
    const { agent, hasTurn } = entry;
    if (agent === undefined) return;
    leave(entry);
    if (hasTurn) void offering.withdraw(entry, agent, reason);
  }

  function give(entry: RemoteAttempt, agent: string): void {
    if (entry.agent !== agent) takeBack(entry, 'another agent was found for it');
    entry.agent = agent;
    loads.give(entry, agent);
  }

  return {
    leave,
    takeBack,
    give,
    /** Somebody has begun it: it needs no turn, not even to be offered again. */
    hold: (entry: RemoteAttempt, agent: string): void => {
      give(entry, agent);
      entry.hasTurn = true;
      offers.begun(agent, entry);
    },
    /** What it was offered stays in the queue, where workers are told to wait, and stands in nobody's way. */
    pause: (entry: RemoteAttempt): void => {
      entry.hasTurn = false;
      if (entry.agent !== undefined) offers.leave(entry.agent, entry);
    },
  };
}

function isBegun({ run, address }: RemoteAttempt): boolean {
  return taskAt(run.state, address)?.state === 'in_progress';
}

/** Nobody may wait for ever for somebody whom an expression made up: such an attempt fails after a while. */
function watchNames(entry: RemoteAttempt, { clock, work: { roster } }: RemoteDeps): void {
  const { address, attempt, submit } = entry;
  const unknown = () => {
    const state = taskAt(entry.run.state, address);
    return state?.state === 'scheduled' ? unknownNames(state.names, roster) : undefined;
  };
  if (unknown() === undefined) {
    entry.cancelUnknown?.();
    entry.cancelUnknown = undefined;
    return;
  }
  entry.cancelUnknown ??= clock.after(unknownMs, () => {
    entry.cancelUnknown = undefined;
    const error = entry.run.state.status === 'PAUSED' ? undefined : unknown();
    if (error === undefined || !isAttemptOpen(entry.run, entry)) return;
    const startedAt = new Date(clock.now()).toISOString();
    void submit({ kind: 'failTask', task: address, attempt, worker: 'engine', startedAt, error });
  });
}

/** Calls back soon after the registry changed, until the returned function is called. */
function watchRoster(
  { clock, roster }: { readonly clock: Clock; readonly roster: Roster },
  onChanged: () => void,
): () => void {
  let cancel: (() => void) | undefined;
  const stop = roster.onChange(() => {
    cancel ??= clock.after(pauseMs, () => {
      cancel = undefined;
      onChanged();
    });
  });

  return () => {
    stop();
    cancel?.();
  };
}
