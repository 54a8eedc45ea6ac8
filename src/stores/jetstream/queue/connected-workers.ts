import { attemptKeyOf, type WorkItem } from '../../../../events/worker-protocol.ts';
import type { Notes } from './engine-notes.ts';

/** A worker that takes items from this engine, and what it has of it. */
export type ConnectedWorker = {
  readonly agent: string;
  readonly worker: string;
  readonly notes: Notes;
  /** How many items it may have of this engine; none when it takes nothing more. */
  room: number;
  isLeaving: boolean;
  /** Items whose start is being granted. */
  readonly asked: Set<string>;
  /** What it was sent, by number: in the order of sending. */
  readonly has: Map<number, HandedItem>;
  /** It was not known as it is now when it was sent items with smaller numbers than this. */
  readonly firstId: number;
  /** How many items it has of those. */
  earlier: number;
  heardMs: number;
};

/** `isOver`: nobody needs it any more; `isParked`: its end is told, and not taken yet. */
type HandedItem = { readonly item: WorkItem; isOver: boolean; isParked: boolean };

/** All workers that take items, by agent and name, and who has which attempt. */
export type ConnectedWorkers = {
  readonly of: (agent: string) => readonly ConnectedWorker[];
  readonly find: (agent: string, worker: string) => ConnectedWorker | undefined;
  readonly agents: () => readonly string[];
  readonly add: (agent: string, worker: string, notes: Notes) => void;
  readonly remove: (worker: ConnectedWorker) => void;
  readonly isThere: (worker: ConnectedWorker) => boolean;
  /** Those that have said nothing for so long that they are gone. */
  readonly silent: (agent: string) => readonly ConnectedWorker[];
  /** Nobody could be heard until now. */
  readonly hearAnew: () => void;
  /** Whether any worker of the agent takes items. */
  readonly isTaking: (agent: string) => boolean;
  /** The one with the most room: work is spread. */
  readonly withRoom: (agent: string) => ConnectedWorker | undefined;
  /** The item takes room while its start is granted. */
  readonly ask: (worker: ConnectedWorker, item: WorkItem) => void;
  readonly unask: (worker: ConnectedWorker, item: WorkItem) => void;
  /** It is sent the item with this number. */
  readonly send: (worker: ConnectedWorker, item: WorkItem) => number;
  /** It has the item no more. */
  readonly release: (worker: ConnectedWorker, id: number) => HandedItem | undefined;
  /** Who has the attempt, and under which number where it was sent. */
  readonly having: (
    attemptKey: string,
  ) => { readonly worker: ConnectedWorker; readonly id: number | undefined } | undefined;
  /** Nobody is known to have the attempt any more. */
  readonly disown: (attemptKey: string) => void;
  /** A worker that was forgotten may still have the attempt. */
  readonly mayHave: (attemptKey: string, worker: string) => void;
  readonly hadBefore: (attemptKey: string) => string | undefined;
  /** A worker of the agent takes its items from the queue. */
  readonly queues: (agent: string) => void;
  readonly isQueuing: (agent: string) => boolean;
  readonly clear: () => void;
};

const SILENT_MS_MAX = 10_000;
/** A worker that takes items from the queue says at least so often that it is there. */
const QUEUING_MS_MAX = 15_000;
/** So many attempts of workers that were forgotten are remembered. */
const BEFORE_MAX = 10_000;

export function createConnectedWorkers(): ConnectedWorkers {
  const byAgent = new Map<string, Map<string, ConnectedWorker>>();
  const holders = new Map<string, { readonly worker: ConnectedWorker; readonly id: number | undefined }>();
  /** Who may have an attempt from before it was forgotten. */
  const before = new Map<string, string>();
  const queuingMs = new Map<string, number>();
  let nextId = 0;
  const of = (agent: string): readonly ConnectedWorker[] => [...(byAgent.get(agent)?.values() ?? [])];
  const find = (agent: string, worker: string): ConnectedWorker | undefined =>
    byAgent.get(agent)?.get(worker);

  return {
    of,
    find,
    agents: () => [...byAgent.keys()],
    add: (agent, worker, notes) => {
      const ofAgent = byAgent.get(agent) ?? new Map<string, ConnectedWorker>();
      const counts = { room: 0, earlier: 0, firstId: nextId, heardMs: performance.now() };
      const has = { asked: new Set<string>(), has: new Map<number, HandedItem>() };
      byAgent.set(agent, ofAgent.set(worker, { agent, worker, notes, isLeaving: false, ...counts, ...has }));
    },
    remove: ({ agent, worker }) => {
      const ofAgent = byAgent.get(agent);
      ofAgent?.delete(worker);
      if (ofAgent?.size === 0) byAgent.delete(agent);
    },
    isThere: (worker) => find(worker.agent, worker.worker) === worker,
    silent: (agent) => {
      const sinceMs = performance.now() - SILENT_MS_MAX;

      return of(agent).filter(({ heardMs }) => heardMs < sinceMs);
    },
    hearAnew: () => {
      for (const each of [...byAgent.keys()].flatMap(of)) each.heardMs = performance.now();
    },
    isTaking: (agent) => of(agent).some(({ isLeaving }) => !isLeaving),
    withRoom: (agent) => {
      let found: ConnectedWorker | undefined;
      for (const each of byAgent.get(agent)?.values() ?? [])
        if (roomIn(each) > (found === undefined ? 0 : roomIn(found))) found = each;

      return found;
    },
    ask: (worker, item) => {
      worker.asked.add(attemptKeyOf(item));
      holders.set(attemptKeyOf(item), { worker, id: undefined });
    },
    unask: (worker, item) => {
      if (worker.asked.delete(attemptKeyOf(item))) holders.delete(attemptKeyOf(item));
    },
    send: (worker, item) => {
      const id = nextId++;
      worker.asked.delete(attemptKeyOf(item));
      worker.has.set(id, { item, isOver: false, isParked: false });
      holders.set(attemptKeyOf(item), { worker, id });

      return id;
    },
    release: ({ has }, id) => {
      const handed = has.get(id);
      has.delete(id);
      if (handed !== undefined && holders.get(attemptKeyOf(handed.item))?.id === id)
        holders.delete(attemptKeyOf(handed.item));

      return handed;
    },
    having: (attemptKey) => holders.get(attemptKey),
    disown: (attemptKey) => void holders.delete(attemptKey),
    mayHave: (attemptKey, worker) => {
      before.set(attemptKey, worker);
      const [oldest] = before.keys();
      if (before.size > BEFORE_MAX && oldest !== undefined) before.delete(oldest);
    },
    hadBefore: (attemptKey) => before.get(attemptKey),
    queues: (agent) => void queuingMs.set(agent, performance.now()),
    isQueuing: (agent) =>
      performance.now() - (queuingMs.get(agent) ?? Number.NEGATIVE_INFINITY) < QUEUING_MS_MAX,
    clear: () => {
      for (const each of [byAgent, holders, before, queuingMs]) each.clear();
    },
  };
}

/** How much room it has no more. */
export function usedIn({ has, asked, earlier }: ConnectedWorker): number {
  let used = asked.size + earlier;
  for (const { isParked } of has.values()) if (!isParked) used += 1;

  return used;
}

function roomIn(worker: ConnectedWorker): number {
  return worker.room - usedIn(worker);
}
