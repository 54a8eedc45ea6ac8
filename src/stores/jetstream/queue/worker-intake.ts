import type { Msg } from '@nats-io/transport-node';
import {
  EngineNote,
  type Hello,
  type Report,
  type ReportAnswer,
} from '../../../../events/worker-protocol.ts';
import { onAbort, untilAborted } from '../../../lib/abort.ts';
import type { Addressed, ClaimedItem } from '../../../ports/work/worker-link.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { pullMessages } from '../connection/pull-queue.ts';
import { readMessage } from '../journal/journal-read.ts';
import type { ReportBatches } from './report-batches.ts';
import { claimedIn } from './work-claims.ts';
import { createWorkerEngines } from './worker-engines.ts';

type WorkerName = { readonly agent: string; readonly worker: string };
type Source = { readonly link: Link; readonly names: Names };
type Waiting = { readonly waitMs: number; readonly signal: AbortSignal };

/** What the workers of this process are handed by engines, beside what they take from the queues of their agents. */
type Intakes = {
  readonly of: (name: WorkerName) => WorkerIntake;
  readonly next: (name: WorkerName, waiting: Waiting) => Promise<ClaimedItem | undefined>;
  /** Where its worker takes items that are handed to it, a hello says so. */
  readonly saying: (hello: Hello) => Hello;
  /** Tells the engine that handed the item; undefined where it did not answer, or nobody handed it. */
  readonly tell: (item: Addressed, report: Report, signal: AbortSignal) => Promise<ReportAnswer | undefined>;
  /** The report as whoever owns the run now has to have it. */
  readonly asHanded: (item: Addressed, report: Report) => Report;
  readonly close: () => void;
};

export function createIntakes({ link, names }: Source): Intakes {
  const intakes = new Map<string, WorkerIntake>();
  const handed: HandedItems = new WeakMap();
  const closing = new AbortController();

  function of({ agent, worker }: WorkerName): WorkerIntake {
    const key = `${agent} ${worker}`;
    const known = intakes.get(key);
    if (known !== undefined) return known;
    const intake = createWorkerIntake({ link, names, agent, worker, handed });
    intakes.set(key, intake);
    void pullInto(intake, { link, names, agent, signal: closing.signal });

    return intake;
  }

  const asHanded = (item: Addressed, report: Report): Report =>
    handed.has(item) ? { ...report, handed: true } : report;

  return {
    of,
    next: (name, { waitMs, signal }) => of(name).next(waitMs, signal),
    saying: (hello) => {
      const intake = intakes.get(`${hello.agent} ${hello.worker}`);
      intake?.says(hello);

      return intake === undefined ? hello : { ...hello, items: intake.inbox, handed: intake.handed() };
    },
    tell: async (item, report, signal) => {
      const found = handed.get(item);
      if (found === undefined) return undefined;
      const answer = await untilAborted(signal, found.batches.tell(found.id, asHanded(item, report)));
      if (answer !== undefined && endsItem(report.kind)) found.ended();

      return answer;
    },
    asHanded,
    close: () => {
      closing.abort();
      for (const intake of intakes.values()) intake.close();
    },
  };
}

/** An item takes no room any more once its end was answered. One that is given back is said to be. */
export function endsItem(kind: string): boolean {
  return kind === 'complete' || kind === 'fail';
}

/** Items of the queue, as long as the worker waits for one: of engines that hand none to it. */
async function pullInto(
  intake: WorkerIntake,
  { link, names, agent, signal }: Source & { readonly agent: string; readonly signal: AbortSignal },
): Promise<void> {
  const room = async (): Promise<number> => {
    await intake.whenWanted();

    return signal.aborted ? 0 : 1;
  };
  const consumer = { stream: names.workStream, consumer: names.workConsumer(agent) };
  for await (const message of pullMessages(link, { ...consumer, signal, room })) {
    const claimed = claimedIn(link, agent, message);
    if (claimed === undefined) continue;
    if (intake.isWanted()) intake.give(claimed);
    else void claimed.giveBack(0);
  }
}

type WorkerIntake = {
  /** Where engines may send items to. */
  readonly inbox: string;
  /** What it has of engines, and what these have for its agent besides. */
  readonly handed: () => { readonly taken: number; readonly waiting: number };
  /** What is said of the worker changes: how many items it takes, and whether it takes any. */
  readonly says: (hello: Pick<Hello, 'capacity' | 'leaving'>) => void;
  /** The next item that was handed, or that `give` brings; undefined when none came in time, or the signal aborted. */
  readonly next: (waitMs: number, signal: AbortSignal) => Promise<ClaimedItem | undefined>;
  /** Whether somebody waits for an item. Resolves when somebody does. */
  readonly isWanted: () => boolean;
  readonly whenWanted: () => Promise<void>;
  /** An item from the queue: until it is given back or done it takes room. */
  readonly give: (claimed: ClaimedItem) => void;
  readonly close: () => void;
};

/** By which the reports about an item are told to the engine that handed it. */
type HandedItem = { readonly id: number; readonly batches: ReportBatches; readonly ended: () => void };
type HandedItems = WeakMap<Addressed, HandedItem>;

const SAY_EVERY_MS = 3_000;
/** No engine listens to its own subject any more. */
const NOBODY = 503;

type IntakeDeps = Source & WorkerName & { readonly handed: HandedItems };

function createWorkerIntake({ link, names, agent, worker, handed }: IntakeDeps): WorkerIntake {
  const inbox = link.inbox();
  const line = createClaimLine();
  let capacity = 0;
  let fromQueue = 0;
  const engines = createWorkerEngines({
    link,
    worker,
    subjectOf: (engine) => names.noteSubject(agent, engine),
    replyOf: (engine) => `${inbox}.${engine}`,
    roomForAll: () => Math.max(capacity - fromQueue, 0),
  });
  const callback = (error: Error | null, message: Msg): void => {
    if (error === null) hear(message);
  };
  const subscription = link.connection.subscribe(`${inbox}.*`, { callback });
  const saying = setInterval(() => engines.share(true), SAY_EVERY_MS).unref();
  const stopListening = link.onDown(engines.lose);

  function hear(message: Msg): void {
    if (message.headers?.code === NOBODY) {
      engines.gone(message.subject.slice(inbox.length + 1));
      return;
    }
    const note = readMessage(EngineNote, message.string());
    if (note === undefined) return;
    const isNew = !engines.has(note.engine);
    engines.heard(note);
    for (const each of note.items) take(note.engine, each);
    if (isNew) engines.share(true);
    else engines.shareIfStarving();
  }

  function take(engine: string, handing: EngineNote['items'][number]): void {
    const { id, item, granted } = handing;
    // Somebody else was quicker: what this engine may have was lowered at the same moment.
    if (item.agent !== agent || engines.held() + fromQueue >= capacity) {
      engines.back(engine, id, 0);
      return;
    }
    const { batches, ended } = engines.take(engine, handing);
    handed.set(item, { id, batches, ended });
    line.bring({
      item,
      granted,
      alive: () => undefined,
      done: async () => ended(),
      giveBack: async (delayMs) => engines.back(engine, id, delayMs),
    });
  }

  function countFromQueue(by: 1 | -1): void {
    fromQueue += by;
    engines.share();
  }

  function says({ capacity: now, leaving }: Pick<Hello, 'capacity' | 'leaving'>): void {
    if (leaving) line.giveBack();
    capacity = leaving ? 0 : now;
    engines.share();
  }

  function give(claimed: ClaimedItem): void {
    countFromQueue(1);
    let isOver = false;
    const over = (): void => {
      if (!isOver) countFromQueue(-1);
      isOver = true;
    };
    line.bring({
      ...claimed,
      done: () => {
        over();
        return claimed.done();
      },
      giveBack: (delayMs) => {
        over();
        return claimed.giveBack(delayMs);
      },
    });
  }

  function close(): void {
    clearInterval(saying);
    stopListening();
    subscription.unsubscribe();
    engines.close();
    line.end();
  }

  return {
    inbox: `${inbox}.in`,
    handed: () => ({ taken: engines.held(), waiting: engines.waiting() }),
    says,
    next: line.next,
    isWanted: line.isWanted,
    whenWanted: line.whenWanted,
    give,
    close,
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

  return {
    bring: (claimed: ClaimedItem): void => {
      if (wanting === undefined) queue.push(claimed);
      else wanting(claimed);
    },
    next: (waitMs: number, signal: AbortSignal): Promise<ClaimedItem | undefined> => {
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
    },
    isWanted: (): boolean => wanting !== undefined,
    whenWanted: (): Promise<void> =>
      new Promise((resolve) => void (wanting === undefined ? onWanted.push(resolve) : resolve())),
    giveBack,
    end: (): void => {
      giveBack();
      wanting?.(undefined);
      for (const wake of onWanted.splice(0)) wake();
    },
  };
}
