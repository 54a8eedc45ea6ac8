import type { ErrorData } from '../../../events/run-events.ts';
import type { WorkItem } from '../../../events/worker-protocol.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { WorkItemTooLarge } from '../../ports/work/work-queue.ts';
import { attemptKey } from './attempt-claims.ts';
import { heldAttempt, holderLeftMs, type RemoteAttempt, type RemoteDeps } from './remote-attempt.ts';
import { attemptErrorOf, whileStoreAway } from './task-output.ts';
import { workItem } from './work-item.ts';

const prioritiesMax = 10;

/** Attempts offered to an agent, as a multiple of its capacity, with a minimum. */
const offersPerCapacity = 4;

const offersMin = 64;

/** Puts attempts into the queues of their agents, repeatedly, until a worker takes them. */
export type Offering = {
  readonly offer: (entry: RemoteAttempt) => void;
  /** Has the attempt looked at again. */
  readonly later: (entry: RemoteAttempt, delayMs: number) => void;
  /** Withdraws it from the agent's queue. */
  readonly withdraw: (entry: RemoteAttempt, agent: string, reason: string) => Promise<void>;
};

/** Messages may be lost: an attempt without a holder is offered again. The queue drops duplicates. */
export const offerAgainMs = 30_000;

/** Delay before an unreachable queue is tried again. */
const troubledMs = 1_000;

export function createOffering(deps: RemoteDeps, look: (entry: RemoteAttempt) => void): Offering {
  const { clock, gate, holders, work } = deps;
  /** Attempts that have a slot but may not begin yet. */
  const heldUp = new Set<RemoteAttempt>();
  gate?.onOpened(() => {
    const waiting = [...heldUp];
    heldUp.clear();
    for (const entry of waiting) offer(entry);
  });

  function offer(entry: RemoteAttempt): void {
    if (entry.fate !== undefined || entry.isOffering || !entry.hasTurn) return;
    const { agent, run } = entry;
    const leftMs = holderLeftMs(entry, holders);
    if (leftMs > 0) later(entry, leftMs);
    else if (gate?.mayBegin(run.state.run) === false) heldUp.add(entry);
    else if (agent !== undefined) void put(entry, agent);
  }

  async function put(entry: RemoteAttempt, agent: string): Promise<void> {
    entry.isOffering = true;
    const againMs = await brought(entry, agent);
    entry.isOffering = false;
    if (entry.fate === 'dropped') return;
    if (entry.fate === 'over' || entry.agent !== agent) {
      await withdraw(entry, agent, 'the attempt was over, or given to another agent, before it was offered');
      offer(entry);
    } else if (againMs !== undefined) later(entry, againMs);
  }

  /** Returns when the attempt should be offered again. */
  async function brought(entry: RemoteAttempt, agent: string): Promise<number | undefined> {
    const item = await made(entry, agent);
    if (item === undefined || entry.fate !== undefined || entry.agent !== agent) return undefined;
    try {
      await work.queue.offer(item);
    } catch (error) {
      if (error instanceof WorkItemTooLarge)
        return fail(entry, { ...attemptErrorOf(error), retryable: false });
      deps.onTrouble(item.run, error);
      return troubledMs;
    }

    return offerAgainMs;
  }

  async function made(entry: RemoteAttempt, agent: string): Promise<WorkItem | undefined> {
    try {
      return await whileStoreAway(entry, deps, () =>
        workItem(entry, { agent, secret: work.secret, nowMs: clock.now() }),
      );
    } catch (error) {
      return entry.fate === undefined ? fail(entry, attemptErrorOf(error)) : undefined;
    }
  }

  async function fail(
    { run, address, attempt, submit }: RemoteAttempt,
    error: ErrorData,
  ): Promise<undefined> {
    const startedAt = new Date(clock.now()).toISOString();
    const worker = taskAt(run.state, address)?.worker ?? 'engine';
    await submit({ kind: 'failTask', task: address, attempt, worker, startedAt, error });

    return undefined;
  }

  function later(entry: RemoteAttempt, delayMs: number): void {
    entry.cancelNext();
    entry.cancelNext = clock.after(delayMs, () => look(entry));
  }

  async function withdraw(entry: RemoteAttempt, agent: string, reason: string): Promise<void> {
    await work.queue
      .withdraw({ agent, attemptKey: attemptKey(heldAttempt(entry)), reason })
      .catch((error: unknown) => deps.onTrouble(entry.run.state.run, error));
  }

  return { offer, later, withdraw };
}

/** Limits how many attempts are offered to each agent, so that no queue grows without bound. */
export type OfferWindows<Attempt extends object> = {
  /** Gives the attempt a slot, now or when others of the agent end: by priority, then in order of arrival. */
  readonly join: (agent: string, attempt: Attempt, priority: number) => void;
  /** It no longer needs a slot. */
  readonly leave: (agent: string, attempt: Attempt) => void;
  /** Reads the agents' capacities again. */
  readonly look: () => void;
};

type Window<Attempt> = {
  readonly open: Set<Attempt>;
  /** By priority, then in order of arrival. */
  readonly waiting: readonly Set<Attempt>[];
};

export function createOfferWindows<Attempt extends object>({
  sizeOf,
  onTurn,
}: {
  /** How many attempts of the agent may be offered at a time. */
  readonly sizeOf: (agent: string) => number;
  readonly onTurn: (attempt: Attempt) => void;
}): OfferWindows<Attempt> {
  const windows = new Map<string, Window<Attempt>>();

  function windowOf(agent: string): Window<Attempt> {
    const known = windows.get(agent);
    if (known !== undefined) return known;
    const window = {
      open: new Set<Attempt>(),
      waiting: Array.from({ length: prioritiesMax }, () => new Set<Attempt>()),
    };
    windows.set(agent, window);

    return window;
  }

  function pump(agent: string, window: Window<Attempt>): void {
    while (window.open.size < sizeOf(agent)) {
      const next = takeFirst(window);
      if (next === undefined) return;
      window.open.add(next);
      onTurn(next);
    }
  }

  return {
    join: (agent, attempt, priority) => {
      const window = windowOf(agent);
      if (window.open.has(attempt)) return;
      window.waiting[priority]?.add(attempt);
      pump(agent, window);
    },
    leave: (agent, attempt) => {
      const window = windowOf(agent);
      window.open.delete(attempt);
      for (const alike of window.waiting) alike.delete(attempt);
      pump(agent, window);
      if (isEmpty(window)) windows.delete(agent);
    },
    look: () => {
      for (const [agent, window] of windows) pump(agent, window);
    },
  };
}

/** How many attempts an agent of this capacity is offered at a time. */
export function offersMax(capacity = 0): number {
  return Math.max(offersPerCapacity * capacity, offersMin);
}

function takeFirst<Attempt>({ waiting }: Window<Attempt>): Attempt | undefined {
  const alike = waiting.findLast(({ size }) => size > 0);
  const [first] = alike ?? [];
  if (first !== undefined) alike?.delete(first);

  return first;
}

function isEmpty<Attempt>({ open, waiting }: Window<Attempt>): boolean {
  return open.size === 0 && waiting.every(({ size }) => size === 0);
}
