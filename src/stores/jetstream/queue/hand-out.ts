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
import { createNotes } from './engine-notes.ts';
import { createHanding, type Handing } from './handing.ts';
import { createHands } from './hands.ts';

/**
 * Hands items to the workers that are connected, without a queue on the server: an item that a worker has room for is
 * begun in its name by the engine that owns the run, and sent. What is lost on the way, or with a worker, is handed out
 * again, as the journal knows what is to be done.
 */
export type HandOut = Pick<Handing, 'offer' | 'withdraw'> & {
  readonly serve: (shard: number, handler: ReportHandler) => () => void;
};

const LOOK_EVERY_MS = 5_000;
/** Nobody listens to the inbox of the worker. */
const NOBODY = 503;

export function createHandOut({
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
}): HandOut {
  const engine = randomBytes(6).toString('hex');
  const bounces = link.inbox();
  const handlers = new Map<number, ReportHandler>();
  const bytesMax = (): number => link.connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
  const hands = createHands();
  const handing = createHanding({ hands, ask: createAsking(handlers), toQueue, bytesMax });
  let stop: (() => void) | undefined;

  function begin(): () => void {
    const stopHearing = presence.onHello(greet);
    const subscriptions = [
      link.connection.subscribe(names.noteSubjectsOf(engine), { callback: unlessFailed(hear) }),
      link.connection.subscribe(`${bounces}.>`, { callback: unlessFailed(bounced) }),
    ];
    const looking = setInterval(() => {
      for (const agent of hands.agents()) handing.give(agent);
    }, LOOK_EVERY_MS).unref();
    // Workers that are there say so again, and where they take items.
    presence.callRoll();

    return () => {
      clearInterval(looking);
      stopHearing();
      for (const subscription of subscriptions) subscription.unsubscribe();
      handing.clear();
      hands.clear();
    };
  }

  function greet({ agent, worker, items: inbox, leaving }: Hello): void {
    const known = hands.find(agent, worker);
    if (leaving && known !== undefined) handing.leave(known);
    else if (inbox === undefined) hands.queues(agent);
    if (leaving || inbox === undefined) return;
    if (known !== undefined && known.notes.inbox !== inbox) handing.forget(known);
    if (hands.find(agent, worker) === undefined) {
      const of = `${bounces}.${subjectToken(agent)}.${subjectToken(worker)}`;
      const waiting = () => handing.waiting(agent);
      hands.add(agent, worker, createNotes(link, { inbox, engine, bounces: of, waiting }));
    }
    hands.find(agent, worker)?.notes.greet();
  }

  function hear(message: Msg): void {
    const [head = '', ...lines] = message.string().split('\n');
    const note = readMessage(WorkerNote, head);
    const hand = note && hands.find(names.reporterOf(message.subject), note.worker);
    if (note === undefined || hand === undefined) return;
    hand.heardMs = performance.now();
    if (note.kind === 'room') handing.makeRoom(hand, note);
    else if (note.kind === 'back') void handing.giveBack(hand, note.item, note.delayMs);
    else
      for (const [at, { id, item }] of note.reports.entries())
        void handing.reported(hand, { id, item, text: lines[at] ?? '' });
  }

  /** A message came to nobody: the worker never had what was in it. */
  function bounced({ subject, headers }: Msg): void {
    if (headers?.code !== NOBODY) return;
    const [last = '', first = ''] = subject.split('.').toReversed();
    const of = subject.slice(0, -`.${first}.${last}`.length);
    const hand = hands
      .agents()
      .flatMap(hands.of)
      .find(({ notes }) => notes.bounces === of);
    if (hand === undefined) return;
    const unheard = [...hand.has.keys()].filter((id) => id >= Number(first) && id <= Number(last));
    for (const id of unheard) void handing.giveBack(hand, id, 0);
    handing.forget(hand);
  }

  return {
    offer: handing.offer,
    withdraw: handing.withdraw,
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
