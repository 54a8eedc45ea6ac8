import type { Msg } from '@nats-io/transport-node';
import { attemptKeyOf, EngineNote, type Hello } from '../../../../events/worker-protocol.ts';
import { onAbort } from '../../../lib/abort.ts';
import type { ClaimedItem } from '../../../ports/work/worker-link.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { readMessage } from '../journal/journal-read.ts';
import { createWorkerEngines, type WorkerEngines } from './worker-engines.ts';

/** What one worker has: of engines that hand items to it, and of the queue of its agent. */
export type WorkerIntake = {
  /** Where engines may send items to. */
  readonly inbox: string;
  readonly engines: WorkerEngines;
  /** What it has of engines, and what these have for its agent besides. */
  readonly handed: () => { readonly taken: number; readonly waiting: number };
  /** What is said of the worker changes: how many items it takes, and whether it takes any. */
  readonly says: (hello: Pick<Hello, 'capacity' | 'leaving'>) => void;
  /** The next item that was handed, or that `give` brings; undefined when none came in time, or the signal aborted. */
  readonly next: (waitMs: number, signal: AbortSignal) => Promise<ClaimedItem | undefined>;
  /** Resolves when somebody waits for an item. */
  readonly whenWanted: () => Promise<void>;
  /** Keeps one place from engines. Resolves when it is free, with what ends that. */
  readonly reserve: () => Promise<() => void>;
  readonly hasRoom: () => boolean;
  /** An item from the queue. False where there is no room for it. */
  readonly give: (claimed: ClaimedItem) => boolean;
  /** Its end was answered: it takes no room any more; `isParked`: it stays with the worker, until its end is taken. */
  readonly ended: (held: HeldItem, isParked: boolean) => void;
  /** The attempt is over: nobody need begin it. */
  readonly stopped: (attemptKey: string) => void;
  readonly close: () => void;
};

/** An item that the worker has; what is told of it goes to the engine that handed it last. */
export type HeldItem = {
  readonly key: string;
  readonly item: ClaimedItem['item'];
  engine: string | undefined;
  id: number;
  /** An engine handed it to the worker, be it that it came from the queue, too. */
  isHanded: boolean;
  /** It came from the queue, too, or only from there. */
  queued: ClaimedItem | undefined;
  isParked: boolean;
};

export type IntakeDeps = {
  readonly link: Link;
  readonly names: Names;
  readonly agent: string;
  readonly worker: string;
  /** Told of each item that the worker gets. */
  readonly onHeld: (held: HeldItem) => void;
};

const SAY_EVERY_MS = 3_000;
/** No engine listens to its own subject any more. */
const NOBODY = 503;

export function createWorkerIntake({ link, names, agent, worker, onHeld }: IntakeDeps): WorkerIntake {
  const inbox = link.inbox();
  const line = createClaimLine();
  const all = createHeldItems();
  const onFree: (() => void)[] = [];
  const own = { capacity: 0, reserved: 0, isHearing: false };
  const engines = createWorkerEngines({
    ...{ link, worker, heldOf: all.of },
    subjectOf: (engine) => names.noteSubject(agent, engine),
    replyOf: (engine) => `${inbox}.${engine}`,
    roomForAll: () =>
      Math.max(own.capacity - own.reserved - all.busyBut((engine) => engines.isThere(engine)), 0),
  });
  const stop = listening(link, inbox, { hear, engines });

  function hear(message: Msg): void {
    if (message.headers?.code === NOBODY) {
      engines.gone(message.subject.slice(inbox.length + 1));
      return;
    }
    const note = readMessage(EngineNote, message.string());
    if (note === undefined) return;
    const isNew = !engines.isThere(note.engine);
    // Rooms are shared when all of the note counts: an item may come in place of one that it answers.
    own.isHearing = true;
    engines.heard(note);
    for (const each of note.items) take(note.engine, each);
    engines.took(note);
    own.isHearing = false;
    if (isNew) engines.share(true);
    else engines.shareIfStarving();
  }

  function take(engine: string, { id, item, granted }: EngineNote['items'][number]): void {
    const known = all.find(attemptKeyOf(item));
    engines.hasHanded(engine);
    if (known !== undefined) {
      Object.assign(known, { engine, id, isHanded: true });
      return;
    }
    // Somebody else was quicker: what this engine may have was lowered at the same moment.
    if (item.agent !== agent || all.busy() >= own.capacity) {
      engines.back(engine, id, 0);
      return;
    }
    const held = all.add({ item, engine, id, queued: undefined, isHanded: true });
    onHeld(held);
    line.bring({ ...claimOf(held), granted });
  }

  function give(claimed: ClaimedItem): boolean {
    const known = all.find(attemptKeyOf(claimed.item));
    if (known !== undefined) {
      known.queued = claimed;
      return true;
    }
    if (all.busy() >= own.capacity) return false;
    const of = { item: claimed.item, engine: undefined, id: -1, isHanded: false };
    const held = all.add({ ...of, queued: claimed });
    onHeld(held);
    engines.share();
    line.bring(claimOf(held));

    return true;
  }

  function claimOf(held: HeldItem): ClaimedItem {
    return {
      item: held.item,
      alive: () => held.queued?.alive(),
      done: async () => {
        // It was over for another reason than what the worker reported, which its engine would know.
        if (all.remove(held) && held.engine !== undefined) engines.tell(held.engine);
        freed();
        await held.queued?.done();
      },
      giveBack: async (delayMs) => {
        const { engine, id } = held;
        if (all.remove(held) && engine !== undefined) engines.back(engine, id, delayMs);
        freed();
        await held.queued?.giveBack(delayMs);
      },
    };
  }

  function ended(held: HeldItem, isParked: boolean): void {
    held.isParked = isParked;
    if (!isParked) all.remove(held);
    freed();
  }

  function freed(): void {
    if (all.busy() < own.capacity) for (const wake of onFree.splice(0)) wake();
    if (!own.isHearing) engines.shareIfStarving();
  }

  return {
    inbox: `${inbox}.in`,
    engines,
    handed: () => ({ taken: all.handed(), waiting: engines.waiting() }),
    says: ({ capacity, leaving }) => {
      if (leaving) line.giveBack();
      own.capacity = leaving ? 0 : capacity;
      engines.share();
    },
    ...line.asking,
    reserve: async () => {
      own.reserved = 1;
      engines.share();
      while (all.busy() >= own.capacity) await new Promise<void>((resolve) => onFree.push(resolve));

      return () => {
        own.reserved = 0;
        engines.share();
      };
    },
    hasRoom: () => all.busy() < own.capacity,
    give,
    ended,
    stopped: (key) => {
      for (const claimed of line.takeOut(key)) void claimed.done();
    },
    close: () => {
      stop();
      line.end();
      engines.close();
    },
  };
}

/** Hears of engines, and tells them again and again what the worker has, until the returned function is called. */
function listening(
  link: Link,
  inbox: string,
  { hear, engines }: { readonly hear: (message: Msg) => void; readonly engines: WorkerEngines },
): () => void {
  const subscription = link.connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error === null) hear(message);
    },
  });
  const saying = setInterval(() => engines.share(true), SAY_EVERY_MS).unref();
  const stopListening = link.onDown(engines.lose);

  return () => {
    clearInterval(saying);
    stopListening();
    subscription.unsubscribe();
  };
}

/** What the worker has, by attempt. */
function createHeldItems() {
  const held = new Map<string, HeldItem>();
  const count = (which: (each: HeldItem) => boolean): number => [...held.values()].filter(which).length;
  const isBusy = ({ isParked }: HeldItem): boolean => !isParked;

  return {
    find: (key: string): HeldItem | undefined => held.get(key),
    add: (given: Omit<HeldItem, 'key' | 'isParked'>): HeldItem => {
      const each = { ...given, key: attemptKeyOf(given.item), isParked: false };
      held.set(each.key, each);

      return each;
    },
    /** False where it was not there any more. */
    remove: (each: HeldItem): boolean => held.get(each.key) === each && held.delete(each.key),
    busy: (): number => count(isBusy),
    /** Those that take room, but not that of an engine that is there. */
    busyBut: (isThere: (engine: string) => boolean): number =>
      count((each) => isBusy(each) && (each.engine === undefined || !isThere(each.engine))),
    handed: (): number => count(({ engine }) => engine !== undefined),
    of: (engine: string) => {
      const ofEngine = [...held.values()].filter((each) => each.engine === engine);

      return { ids: ofEngine.map(({ id }) => id), busy: ofEngine.filter(isBusy).length };
    },
  };
}

/** Items that came before anybody asked for them, or whoever asked before one came. */
function createClaimLine() {
  const queue: ClaimedItem[] = [];
  const onWanted: (() => void)[] = [];
  let wanting: ((claimed: ClaimedItem | undefined) => void) | undefined;
  const giveBack = (): void => {
    for (const claimed of queue.splice(0)) void claimed.giveBack(0);
  };

  function next(waitMs: number, signal: AbortSignal): Promise<ClaimedItem | undefined> {
    const first = queue.shift();
    if (first !== undefined || signal.aborted) return Promise.resolve(first);

    return new Promise((resolve) => {
      const end = (claimed: ClaimedItem | undefined): void => {
        clearTimeout(timer);
        stop();
        wanting = undefined;
        resolve(claimed);
      };
      const timer = setTimeout(() => end(undefined), waitMs);
      const stop = onAbort(signal, () => end(undefined));
      wanting = end;
      for (const wake of onWanted.splice(0)) wake();
    });
  }

  function whenWanted(): Promise<void> {
    return new Promise((resolve) => void (wanting === undefined ? onWanted.push(resolve) : resolve()));
  }

  const asking = { next, whenWanted };

  return {
    asking,
    bring: (claimed: ClaimedItem): void => {
      if (wanting === undefined) queue.push(claimed);
      else wanting(claimed);
    },
    takeOut: (key: string): readonly ClaimedItem[] => {
      const found = queue.filter(({ item }) => attemptKeyOf(item) === key);
      for (const each of found) queue.splice(queue.indexOf(each), 1);

      return found;
    },
    giveBack,
    end: (): void => {
      giveBack();
      wanting?.(undefined);
      for (const wake of onWanted.splice(0)) wake();
    },
  };
}
