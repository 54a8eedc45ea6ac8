import { randomBytes } from 'node:crypto';
import type { Msg } from '@nats-io/transport-node';
import { type Hello, WorkerNote, type WorkItem } from '../../../../events/worker-protocol.ts';
import { subjectToken } from '../../../lib/text.ts';
import type { Presence } from '../../../ports/work/agent-admin.ts';
import type { ReportHandler } from '../../../ports/work/work-queue.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { readMessage } from '../journal/journal-read.ts';
import { createAsking } from './ask-owner.ts';
import { createConnectedWorkers } from './connected-workers.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { createNotes } from './engine-notes.ts';
import { bytesOfParts } from './message-batch.ts';

/**
 * Hands items to the workers that are connected, without a queue on the server: an item that a worker has room for is
 * begun in its name by the engine that owns the run, and sent. What is lost on the way, or with a worker, is handed out
 * again, as the journal knows what is to be done.
 */
export type WorkerDispatch = Pick<Dispatcher, 'offer' | 'withdraw'> & {
  readonly serve: (shard: number, handler: ReportHandler) => () => void;
};

const LOOK_EVERY_MS = 5_000;
/** Nobody listens to the inbox of the worker. */
const NOBODY = 503;

export function createWorkerDispatch({
  link,
  names,
  presence,
  toQueue,
}: {
  readonly link: Link;
  readonly names: Names;
  readonly presence: Presence;
  /** Brings an item that no worker can be handed. */
  readonly toQueue: (item: WorkItem) => void;
}): WorkerDispatch {
  const engine = randomBytes(6).toString('hex');
  const bounces = link.inbox();
  const handlers = new Map<number, ReportHandler>();
  const workers = createConnectedWorkers();
  const dispatcher = createDispatcher({
    workers,
    ask: createAsking(handlers),
    toQueue,
    bytesMax: () => bytesOfParts(link),
  });
  let stop: (() => void) | undefined;

  function begin(): () => void {
    const stops = [presence.onHello(greet), link.onUp(workers.hearAnew)];
    const subscriptions = [
      link.connection.subscribe(names.noteSubjectsOf(engine), { callback: unlessFailed(hear) }),
      link.connection.subscribe(`${bounces}.>`, { callback: unlessFailed(bounced) }),
    ];
    const looking = setInterval(() => {
      for (const agent of workers.agents()) dispatcher.give(agent);
    }, LOOK_EVERY_MS).unref();
    // Workers that are there say so again, and where they take items.
    presence.callRoll();

    return () => {
      clearInterval(looking);
      for (const each of stops) each();
      for (const subscription of subscriptions) subscription.unsubscribe();
      dispatcher.clear();
      workers.clear();
    };
  }

  function greet({ agent, worker, items: inbox, leaving }: Hello): void {
    const known = workers.find(agent, worker);
    if (leaving && known !== undefined) dispatcher.leave(known);
    else if (inbox === undefined) workers.queues(agent);
    if (leaving || inbox === undefined) return;
    if (known !== undefined && known.notes.inbox !== inbox) dispatcher.forget(known);
    if (workers.find(agent, worker) === undefined) {
      const of = `${bounces}.${subjectToken(agent)}.${subjectToken(worker)}`;
      const waiting = () => dispatcher.waiting(agent);
      workers.add(agent, worker, createNotes(link, { inbox, engine, bounces: of, waiting }));
    }
    workers.find(agent, worker)?.notes.greet();
  }

  function hear(message: Msg): void {
    const [head = '', ...lines] = message.string().split('\n');
    const note = readMessage(WorkerNote, head);
    const worker = note && workers.find(names.reporterOf(message.subject), note.worker);
    if (note === undefined || worker === undefined) return;
    worker.heardMs = performance.now();
    if (note.kind === 'room') dispatcher.makeRoom(worker, note);
    else if (note.kind === 'back') void dispatcher.giveBack(worker, note.item, note.delayMs);
    else
      for (const [at, { id, item }] of note.reports.entries())
        void dispatcher.reported(worker, { id, item, text: lines[at] ?? '' });
  }

  /** A message came to nobody: the worker never had what was in it. */
  function bounced({ subject, headers }: Msg): void {
    if (headers?.code !== NOBODY) return;
    const [last = '', first = ''] = subject.split('.').toReversed();
    const of = subject.slice(0, -`.${first}.${last}`.length);
    const worker = workers
      .agents()
      .flatMap(workers.of)
      .find(({ notes }) => notes.bounces === of);
    if (worker === undefined) return;
    const unheard = [...worker.has.keys()].filter((id) => id >= Number(first) && id <= Number(last));
    for (const id of unheard) void dispatcher.lost(worker, id);
    dispatcher.forget(worker);
  }

  return {
    offer: dispatcher.offer,
    withdraw: dispatcher.withdraw,
    serve: (shard, handler) => {
      if (handlers.size === 0) stop = begin();
      handlers.set(shard, handler);

      return () => {
        if (handlers.get(shard) === handler) handlers.delete(shard);
        if (handlers.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}

function unlessFailed(listener: (message: Msg) => void) {
  return (error: Error | null, message: Msg): void => {
    if (error === null) listener(message);
  };
}
