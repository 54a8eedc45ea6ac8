import { attemptKeyOf, type WorkItem } from '../../../../events/worker-protocol.ts';
import type { Notes } from './engine-notes.ts';

/** A worker that takes items from this engine, and what it has of it. */
export type Hand = {
  readonly agent: string;
  readonly worker: string;
  readonly notes: Notes;
  /** How many items it may have of this engine; none when it takes nothing more. */
  room: number;
  isLeaving: boolean;
  /** By the number of the item. */
  readonly has: Map<number, Handed>;
  heardMs: number;
};

type Handed = { readonly item: WorkItem; isSent: boolean };

/** All workers that take items, by agent and name, and who has which attempt. */
export type Hands = {
  readonly of: (agent: string) => readonly Hand[];
  readonly find: (agent: string, worker: string) => Hand | undefined;
  readonly agents: () => readonly string[];
  readonly add: (agent: string, worker: string, notes: Notes) => void;
  readonly remove: (hand: Hand) => void;
  /** Those that have said nothing for so long that they are gone. */
  readonly silent: (agent: string) => readonly Hand[];
  /** Whether any worker of the agent takes items. */
  readonly isTaking: (agent: string) => boolean;
  /** The one with the most room: work is spread. */
  readonly withRoom: (agent: string) => Hand | undefined;
  /** It has the item, which takes room from now on. */
  readonly take: (hand: Hand, item: WorkItem) => number;
  /** It has the item no more. */
  readonly release: (hand: Hand, id: number) => WorkItem | undefined;
  /** Nobody has the attempt any more. False where nobody had it. */
  readonly drop: (attemptKey: string) => boolean;
  /** Whether a worker has the attempt. */
  readonly have: (attemptKey: string) => boolean;
  /** A worker of the agent takes its items from the queue. */
  readonly queues: (agent: string) => void;
  readonly isQueuing: (agent: string) => boolean;
  readonly clear: () => void;
};

const SILENT_MS_MAX = 10_000;
/** A worker that takes items from the queue says at least so often that it is there. */
const QUEUING_MS_MAX = 15_000;

export function createHands(): Hands {
  const hands = new Map<string, Map<string, Hand>>();
  const taken = new Map<string, Hand>();
  const queuingMs = new Map<string, number>();
  let nextId = 0;
  const of = (agent: string): readonly Hand[] => [...(hands.get(agent)?.values() ?? [])];
  const find = (agent: string, worker: string): Hand | undefined => hands.get(agent)?.get(worker);

  function release({ has }: Hand, id: number): WorkItem | undefined {
    const item = has.get(id)?.item;
    has.delete(id);
    if (item !== undefined) taken.delete(attemptKeyOf(item));

    return item;
  }

  return {
    of,
    find,
    agents: () => [...hands.keys()],
    add: (agent, worker, notes) => {
      const ofAgent = hands.get(agent) ?? new Map<string, Hand>();
      const heardMs = performance.now();
      const hand: Hand = { agent, worker, notes, room: 0, isLeaving: false, has: new Map(), heardMs };
      hands.set(agent, ofAgent.set(worker, hand));
    },
    remove: ({ agent, worker }) => {
      const ofAgent = hands.get(agent);
      ofAgent?.delete(worker);
      if (ofAgent?.size === 0) hands.delete(agent);
    },
    silent: (agent) => {
      const sinceMs = performance.now() - SILENT_MS_MAX;

      return of(agent).filter(({ heardMs }) => heardMs < sinceMs);
    },
    isTaking: (agent) => of(agent).some(({ isLeaving }) => !isLeaving),
    withRoom: (agent) => {
      let found: Hand | undefined;
      for (const hand of hands.get(agent)?.values() ?? [])
        if (freeIn(hand) > (found === undefined ? 0 : freeIn(found))) found = hand;

      return found;
    },
    take: (hand, item) => {
      const id = nextId++;
      hand.has.set(id, { item, isSent: false });
      taken.set(attemptKeyOf(item), hand);

      return id;
    },
    release,
    drop: (attemptKey) => {
      const hand = taken.get(attemptKey);
      const isIt = ([, { item }]: [number, Handed]): boolean => attemptKeyOf(item) === attemptKey;
      const [id] = [...(hand?.has ?? [])].find(isIt) ?? [];

      return hand !== undefined && id !== undefined && release(hand, id) !== undefined;
    },
    have: (attemptKey) => taken.has(attemptKey),
    queues: (agent) => void queuingMs.set(agent, performance.now()),
    isQueuing: (agent) =>
      performance.now() - (queuingMs.get(agent) ?? Number.NEGATIVE_INFINITY) < QUEUING_MS_MAX,
    clear: () => {
      for (const each of [hands, taken, queuingMs]) each.clear();
    },
  };
}

function freeIn({ room, has }: Hand): number {
  return room - has.size;
}
