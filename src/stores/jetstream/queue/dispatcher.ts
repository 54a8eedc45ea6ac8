import type { Json } from '../../../../events/canonical-json.ts';
import {
  attemptKeyOf,
  type Granted,
  isEndOfItem,
  reportOfText,
  type WorkerNote,
  type WorkItem,
} from '../../../../events/worker-protocol.ts';
import type { Asking } from './ask-owner.ts';
import { type ConnectedWorker, type ConnectedWorkers, usedIn } from './connected-workers.ts';

/** Which item goes to which worker, and what becomes of those that do not get there. */
export type Dispatcher = {
  /** How many items wait for a worker of the agent. */
  readonly waiting: (agent: string) => number;
  /** False where no worker of the agent takes items so. */
  readonly offer: (item: WorkItem) => boolean;
  /** `isOver`: whoever has it is told to stop. */
  readonly withdraw: (agent: string, attemptKey: string, isOver: boolean) => void;
  /** Looks whether anything can be handed out. */
  readonly give: (agent: string) => void;
  /** It is gone. Whoever begins next what it has waits until its claim has run out. */
  readonly forget: (worker: ConnectedWorker) => void;
  /** It takes nothing more, but still reports what it has. */
  readonly leave: (worker: ConnectedWorker) => void;
  readonly makeRoom: (worker: ConnectedWorker, room: Extract<WorkerNote, { kind: 'room' }>) => void;
  /** The item was sent, and did not get there. */
  readonly lost: (worker: ConnectedWorker, id: number) => Promise<void>;
  /** The worker has it no more: whoever begins it next need not wait. */
  readonly giveBack: (worker: ConnectedWorker, id: number, delayMs: number) => Promise<void>;
  readonly reported: (worker: ConnectedWorker, said: SaidOfItem) => Promise<void>;
  readonly clear: () => void;
};

/** `id`: of the report, `text`: what it says. */
type SaidOfItem = { readonly id: number; readonly item: number; readonly text: string };

const ASK_AGAIN_MS = 1_000;

type DispatcherDeps = {
  readonly workers: ConnectedWorkers;
  readonly ask: Asking;
  /** Brings an item that no worker can be handed. */
  readonly toQueue: (item: WorkItem) => void;
  /** How large an item may be in a message. */
  readonly bytesMax: () => number;
};

export function createDispatcher({ workers, ask, toQueue, bytesMax }: DispatcherDeps): Dispatcher {
  const waiting = createWaitingItems(give);

  function wait(item: WorkItem, delayMs: number): void {
    // While its start was granted, its worker may have gone, and another one have it by now.
    if (workers.having(attemptKeyOf(item)) !== undefined) return;
    if (workers.isTaking(item.agent)) waiting.put(item, delayMs);
    else toQueue(item);
  }

  function give(agent: string): void {
    for (const worker of workers.silent(agent)) forget(worker);
    for (const item of waiting.ready(agent)) {
      const worker = workers.withRoom(agent);
      if (worker === undefined && !workers.isQueuing(agent)) break;
      waiting.remove(agent, attemptKeyOf(item));
      if (worker === undefined) toQueue(item);
      else void handTo(worker, item);
    }
    for (const { notes } of workers.of(agent)) notes.tellWaiting();
  }

  async function handTo(worker: ConnectedWorker, item: WorkItem): Promise<void> {
    workers.ask(worker, item);
    const answer = await ask.inNameOf(worker, item, 'start');
    if (answer?.ok === true) {
      await send(worker, item, answer);
      return;
    }
    workers.unask(worker, item);
    // Without an answer another engine has to be asked, or this one later: it is offered again by whoever owns the run.
    if (answer === undefined && ask.isOwner(item.run)) wait(item, ASK_AGAIN_MS);
    if (answer?.next === 'wait') wait(item, answer.retryAfterMs ?? ASK_AGAIN_MS);
    give(item.agent);
  }

  async function send(worker: ConnectedWorker, item: WorkItem, granted: Granted): Promise<void> {
    const isWanted = worker.asked.has(attemptKeyOf(item)) && workers.isThere(worker);
    const text = JSON.stringify({ item, granted });
    const isFitting = Buffer.byteLength(text) <= bytesMax();
    if (isWanted && isFitting) {
      const id = workers.send(worker, item);
      worker.notes.item(id, `{"id":${id},${text.slice(1)}`);
      return;
    }
    // It went while the start was granted, or what was sealed makes the item too large: it is begun anew.
    workers.unask(worker, item);
    await ask.inNameOf(worker, item, 'release');
    if (isFitting) wait(item, 0);
    else toQueue(item);
  }

  function forget(worker: ConnectedWorker): void {
    workers.remove(worker);
    for (const id of [...worker.has.keys()]) {
      const { item, isOver } = workers.release(worker, id) ?? {};
      if (item !== undefined) workers.mayHave(attemptKeyOf(item), worker.worker);
      if (item !== undefined && isOver === false) wait(item, 0);
    }
    queueUntaken(worker.agent);
  }

  /** What nobody takes any more is for whoever comes. */
  function queueUntaken(agent: string): void {
    if (!workers.isTaking(agent)) for (const item of waiting.takeAll(agent)) toQueue(item);
  }

  async function giveBack(worker: ConnectedWorker, id: number, delayMs: number): Promise<void> {
    const { item, isOver } = workers.release(worker, id) ?? {};
    if (item !== undefined && isOver !== true) {
      await ask.inNameOf(worker, item, 'release');
      wait(item, delayMs);
    }
    give(worker.agent);
  }

  /** It did not get there. Where the worker may have it from before, its claim decides. */
  async function lost(worker: ConnectedWorker, id: number): Promise<void> {
    const item = worker.has.get(id)?.item;
    if (item === undefined || workers.hadBefore(attemptKeyOf(item)) !== worker.worker)
      return giveBack(worker, id, 0);
    workers.release(worker, id);
    wait(item, 0);
  }

  return {
    waiting: waiting.count,
    offer: (item) => {
      for (const worker of workers.silent(item.agent)) forget(worker);
      const isTaking = workers.isTaking(item.agent);
      // Whoever offers it knows of nobody alive who has it: what was sent did not get there.
      if (workers.having(attemptKeyOf(item))?.id !== undefined) drop(workers, attemptKeyOf(item));
      if (isTaking) wait(item, 0);

      return isTaking;
    },
    withdraw: (agent, key, isOver) => {
      waiting.remove(agent, key);
      if (isOver) drop(workers, key);
      give(agent);
    },
    give,
    forget,
    leave: (worker) => {
      worker.room = 0;
      worker.isLeaving = true;
      queueUntaken(worker.agent);
    },
    makeRoom: (worker, note) => {
      for (const id of lostBy(worker, note)) void lost(worker, id);
      give(worker.agent);
    },
    lost,
    giveBack: (worker, id, delayMs) => {
      // It has less room than it said, for now.
      worker.room = Math.min(worker.room, usedIn(worker) - 1);

      return giveBack(worker, id, delayMs);
    },
    reported: async (worker, { id, item, text }) => {
      const report = reportOfText(text);
      const answer = await ask.about(worker.agent, report);
      const isTaken = answer?.ok === true || answer?.next === 'drop';
      const handed = worker.has.get(item);
      // Whatever the answer to its end: it takes no room any more. What was not taken yet stays with the worker.
      if (isEndOfItem(kindOf(report)) && isTaken) workers.release(worker, item);
      else if (isEndOfItem(kindOf(report)) && handed !== undefined) handed.isParked = answer !== undefined;
      worker.notes.answer(id, answer);
      give(worker.agent);
    },
    clear: waiting.clear,
  };
}

/** Nobody needs it any more: it takes room only until the worker says that it has it no more. */
function drop(workers: ConnectedWorkers, attemptKey: string): void {
  const { worker, id } = workers.having(attemptKey) ?? {};
  // Its start is being granted: what comes of that is sent to nobody.
  if (id === undefined && worker?.asked.delete(attemptKey) === true) workers.disown(attemptKey);
  const handed = id === undefined ? undefined : worker?.has.get(id);
  if (worker === undefined || id === undefined || handed === undefined) return;
  handed.isOver = true;
  workers.disown(attemptKey);
  if (worker.notes.takeOut(id)) workers.release(worker, id);
}

/** What the worker does not have of what it has seen was lost on the way. */
function lostBy(
  worker: ConnectedWorker,
  { room, held, seen = -1 }: Extract<WorkerNote, { kind: 'room' }>,
): readonly number[] {
  const has = new Set(held);
  if (!worker.isLeaving) worker.room = room;
  worker.earlier = held.filter((id) => id < worker.firstId).length;

  return [...worker.has.keys()].filter((id) => id <= seen && !has.has(id));
}

function kindOf(report: Json): string {
  return String((report as { readonly kind?: Json } | null)?.kind);
}

/** Items that wait for a worker, or before that for their time, in the order in which they came. */
type WaitingItems = {
  /** Looks whether it can go once its time has come. One that waits already waits anew. */
  readonly put: (item: WorkItem, delayMs: number) => void;
  readonly remove: (agent: string, attemptKey: string) => void;
  /** Those that wait for nothing but a worker. */
  readonly ready: (agent: string) => Iterable<WorkItem>;
  readonly takeAll: (agent: string) => readonly WorkItem[];
  readonly count: (agent: string) => number;
  readonly clear: () => void;
};

type Waiting = { readonly item: WorkItem; cancel?: () => void };

function createWaitingItems(onDue: (agent: string) => void): WaitingItems {
  const waiting = new Map<string, Map<string, Waiting>>();

  function remove(agent: string, key: string): void {
    const ofAgent = waiting.get(agent);
    ofAgent?.get(key)?.cancel?.();
    ofAgent?.delete(key);
    if (ofAgent?.size === 0) waiting.delete(agent);
  }

  function takeAll(agent: string): readonly WorkItem[] {
    const all = [...(waiting.get(agent)?.values() ?? [])];
    waiting.delete(agent);
    for (const { cancel } of all) cancel?.();

    return all.map(({ item }) => item);
  }

  return {
    put: (item, delayMs) => {
      const { agent } = item;
      const key = attemptKeyOf(item);
      remove(agent, key);
      const entry: Waiting = { item };
      waiting.set(agent, (waiting.get(agent) ?? new Map<string, Waiting>()).set(key, entry));
      if (delayMs === 0) {
        onDue(agent);
        return;
      }
      const timer = setTimeout(() => {
        delete entry.cancel;
        onDue(agent);
      }, delayMs);
      entry.cancel = () => clearTimeout(timer);
    },
    remove,
    ready: function* (agent) {
      for (const { item, cancel } of waiting.get(agent)?.values() ?? []) if (cancel === undefined) yield item;
    },
    takeAll,
    count: (agent) => waiting.get(agent)?.size ?? 0,
    clear: () => {
      for (const agent of [...waiting.keys()]) takeAll(agent);
    },
  };
}
