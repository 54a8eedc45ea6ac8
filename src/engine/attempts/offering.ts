import type { ErrorData } from '../../../events/run-events.ts';
import type { WorkItem } from '../../../events/worker-protocol.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { WorkItemTooLarge } from '../../ports/work/work-queue.ts';
import { isSealedTask } from '../run/erasure-keys.ts';
import { attemptKey } from './attempt-claims.ts';
import { heldAttempt, holderLeftMs, type RemoteAttempt, type RemoteDeps } from './remote-attempt.ts';
import { attemptErrorOf, whileStoreAway } from './task-output.ts';
import { workItem } from './work-item.ts';

/** Puts attempts into the queues of their agents, repeatedly, until a worker takes them. */
export type Offering = {
  readonly offer: (entry: RemoteAttempt) => void;
  /** Has the attempt looked at again. */
  readonly later: (entry: RemoteAttempt, delayMs: number) => void;
  /** Takes it out of the agent's queue for a while. Whoever has taken it already goes on. */
  readonly recall: (entry: RemoteAttempt) => void;
  /** Withdraws it from the agent's queue for good, and tells whoever has it to stop. */
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
  /** Being taken out of the queue: they go into it again only after that. */
  const recalls = new Map<RemoteAttempt, Promise<void>>();
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
    await recalls.get(entry);
    const againMs = await brought(entry, agent);
    entry.isOffering = false;
    if (entry.fate === 'dropped') return;
    if (entry.fate === 'over' || entry.agent !== agent) {
      await withdraw(entry, agent, 'the attempt was over, or given to another agent, before it was offered');
      offer(entry);
    } else if (!entry.hasTurn) recall(entry);
    else if (againMs !== undefined) later(entry, againMs);
  }

  function recall(entry: RemoteAttempt): void {
    const { agent } = entry;
    // Once it is in the queue it is taken out again.
    if (agent === undefined || entry.isOffering) return;
    const recalled = withdraw(entry, agent).then(() => {
      if (recalls.get(entry) === recalled) recalls.delete(entry);
    });
    recalls.set(entry, recalled);
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
    const { run, address } = entry;
    if (work.roster.find(agent)?.transport.kind === 'files' && isSealedTask(run, address))
      return fail(entry, sealedInFile(agent));
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

  async function withdraw(entry: RemoteAttempt, agent: string, reason?: string): Promise<void> {
    await work.queue
      .withdraw({ agent, attemptKey: attemptKey(heldAttempt(entry)), reason })
      .catch((error: unknown) => deps.onTrouble(entry.run.state.run, error));
  }

  return { offer, later, recall, withdraw };
}

function sealedInFile(agent: string): ErrorData {
  return {
    code: 'agent.files-sealed',
    message: `what the task works on is recorded sealed, and ${agent} gets its work in files, where it would stand as it is; use an agent with workers`,
    retryable: false,
  };
}
