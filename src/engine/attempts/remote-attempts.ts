import { taskAt } from '../../../machines/chart/task-at.ts';
import { statusOf } from '../../../machines/chart/task-status.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Roster } from '../../ports/work/agent-admin.ts';
import { agentOf, isOfAgent, type Route, routeOf, type Team, unknownNames } from '../agents/agent-route.ts';
import { isAttemptOpen, type Submit } from './attempt-entry.ts';
import type { AskedFor, Attempts } from './attempts.ts';
import {
  createOffering,
  createOfferWindows,
  type Offering,
  type OfferWindows,
  offerAgainMs,
  offersMax,
} from './offering.ts';
import {
  askBreaker,
  heldAttempt,
  holderLeftMs,
  isOwn,
  newRemoteAttempt,
  type RemoteAttempt,
  type RemoteDeps,
} from './remote-attempt.ts';

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
  const windows = createWorkerWindows(roster, offering);
  const assigning = createAssigning((entry) => offering.later(entry, offerAgainMs));
  const routeNow = (entry: RemoteAttempt) => routeOf(entry, { roster, performers, loadOf: loads.of });
  const turns = createCommandTurns(roster, here, routeNow);
  const stopWatching = watchRoster({ clock, roster }, () => {
    for (const ofRun of underWay.values()) for (const entry of ofRun.values()) place(entry);
    windows.look();
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
      queue(entry, agent);
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
        takeBack(entry, 'its agent may not have it any more');
        return;
      case 'assign':
        assign(entry, route.agents);
        return;
      case 'queue':
        queue(entry, route.agent);
        return;
      case 'here':
        takeBack(entry, 'the engine itself carries it out');
        loads.give(entry, route.agent);
        if (entry.isAdmitted) turns.join(entry, route.agent);
        else askBreaker(entry, deps, place);
    }
  }

  function queue(entry: RemoteAttempt, agent: string): void {
    if (entry.agent !== agent) takeBack(entry, 'another agent was found for it');
    entry.agent = agent;
    loads.give(entry, agent);
    if (entry.isAdmitted) windows.join(agent, entry, entry.task.priority);
    else askBreaker(entry, deps, place);
  }

  function assign(entry: RemoteAttempt, agents: Team): void {
    if (entry.isAssigning) return;
    entry.isAssigning = true;
    takeBack(entry, 'another agent was found for it');
    loads.give(entry, agents[0]?.agent);
    // The event has it placed again.
    assigning.add(entry, agents);
  }

  function takeBack(entry: RemoteAttempt, reason: string): void {
    const { agent, hasTurn } = entry;
    if (agent === undefined) return;
    leave(entry, agent);
    if (hasTurn) void offering.withdraw(entry, agent, reason);
  }

  function leave(entry: RemoteAttempt, agent: string): void {
    entry.agent = undefined;
    entry.hasTurn = false;
    loads.give(entry, undefined);
    windows.leave(agent, entry);
  }

  function settle(run: Run): void {
    here.settle(run);
    const entries = [...(underWay.get(run.state.run)?.values() ?? [])];
    for (const entry of entries) entry.run = run;
    for (const entry of entries) {
      if (!isAttemptOpen(run, entry)) end(entry);
      else if (run.state.status === 'PAUSED' && entry.performer === undefined) turns.leave(entry);
    }
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
    if (entry.agent !== undefined) leave(entry, entry.agent);
    loads.give(entry, undefined);
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

function createWorkerWindows(roster: Roster, { offer }: Offering): OfferWindows<RemoteAttempt> {
  return createOfferWindows<RemoteAttempt>({
    sizeOf: (agent) => offersMax(roster.find(agent)?.capacity),
    onTurn: (entry) => {
      entry.hasTurn = true;
      offer(entry);
    },
  });
}

/** So much of the journal one event may take, in characters of JSON; a record may be much larger. */
const assignedCharactersMax = 100_000;

/**
 * Attempts of a run for which agents were found in the same stretch are assigned by one event: a FORK that opens
 * hundreds of passes waits for one append.
 */
function createAssigning(onUnplaced: (entry: RemoteAttempt) => void) {
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

/** Attempts whose agent is a command: the engine runs as many at a time as the agent has capacity. */
type CommandTurns = {
  /** Has the attempt carried out when it has a slot; a repeated call checks that again. */
  readonly join: (entry: RemoteAttempt, agent: string) => void;
  /** It is over, or no longer for the agent's command. */
  readonly leave: (entry: RemoteAttempt) => void;
  /** Attempts that have had their slot go on, unless they are in progress. */
  readonly goOn: (entry: RemoteAttempt) => void;
};

function createCommandTurns(
  roster: Roster,
  here: Attempts,
  routeNow: (entry: RemoteAttempt) => Route,
): CommandTurns {
  const agents = new Map<RemoteAttempt, string>();
  const windows = createOfferWindows<RemoteAttempt>({
    sizeOf: (agent) => roster.find(agent)?.capacity ?? 1,
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
      windows.join(agent, entry, entry.task.priority);
    },
    leave,
    goOn,
  };
}

/** Counts the attempts of each agent. */
type Loads<Attempt extends object> = {
  /** The attempt is now assigned to this agent, or to none. */
  readonly give: (attempt: Attempt, agent: string | undefined) => void;
  readonly of: (agent: string) => number;
};

function createLoads<Attempt extends object>(): Loads<Attempt> {
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
