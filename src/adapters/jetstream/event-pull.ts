import type { Msg } from '@nats-io/transport-node';
import type { InboxItem } from '../../ports/event-inbox.ts';
import { createInflow, type Inflow } from './inflow.ts';
import type { Link } from './link.ts';
import type { OpenEvent, OpenEvents } from './open-events.ts';

/** The consumer is gone, or does not answer. The reaction: look after it, and ask again. */
export class PullBroken extends Error {
  override readonly name = 'PullBroken';
}

/** One answer to a pull: an event, one that is here already, or what the server says in place of one. */
type Arrived = OpenEvent | 'known' | { readonly status: number; readonly text: string };

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
const SILENCE_MS_MAX = 12_500;
const MS_NANOS = 1_000_000;
/** Statuses of the server in place of an event: it is still there, there is none, none came in time. */
const HEARTBEAT = 100;
const OVER: ReadonlySet<number> = new Set([404, 408]);

/** Asks the consumer once for so many events: ends when they came or none comes any more, or the signal aborts. */
export async function* pullEvents(
  link: Link,
  {
    subject,
    batch,
    events,
    signal,
  }: {
    readonly subject: string;
    readonly batch: number;
    readonly events: OpenEvents;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<InboxItem, void, undefined> {
  if (signal.aborted) return;
  if (!link.isUp()) throw new PullBroken('the connection is down');
  const inbox = link.inbox();
  const inflow = createInflow<Arrived>();
  let isOver = false;
  const subscription = link.connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error !== null) inflow.fail(error);
      else if (!isOver) inflow.push(arrived(inbox, events, message));
      // Nobody waits for it any more. Without a word the server would wait for a sign of life first.
      else if (message.subject !== inbox) message.respond('-NAK');
    },
  });
  const unguard = guarded(link, inflow);
  const end = (): void => inflow.end();
  signal.addEventListener('abort', end);
  try {
    const times = { expires: EXPIRES_MS * MS_NANOS, idle_heartbeat: HEARTBEAT_MS * MS_NANOS };
    link.connection.publish(subject, JSON.stringify({ batch, ...times }), { reply: inbox });
    yield* givenOut(inflow.items(), batch);
  } finally {
    isOver = true;
    unguard();
    signal.removeEventListener('abort', end);
    events.leaveRest();
    // Draining, unlike leaving at once, still hears what the server sent before it knew.
    subscription.drain().catch(() => undefined);
  }
}

/** Fails when nothing can come any more, until the returned function is called. */
function guarded(link: Link, inflow: Inflow<Arrived>): () => void {
  const stopListening = link.onDown(() => inflow.fail(new PullBroken('the connection broke')));
  const watchdog = setInterval(() => {
    if (inflow.silentMs() > SILENCE_MS_MAX) inflow.fail(new PullBroken('the consumer fell silent'));
  }, HEARTBEAT_MS);
  watchdog.unref();

  return () => {
    clearInterval(watchdog);
    stopListening();
  };
}

/** An event keeps its own subject, a status comes on that of the inbox. */
function arrived(inbox: string, events: OpenEvents, message: Msg): Arrived {
  if (message.subject !== inbox) return events.add(message) ?? 'known';

  return { status: message.headers?.code ?? 0, text: message.headers?.description ?? '' };
}

async function* givenOut(
  items: AsyncIterable<Arrived>,
  batch: number,
): AsyncGenerator<InboxItem, void, undefined> {
  let left = batch;
  for await (const one of items) {
    if (one !== 'known' && 'status' in one) {
      if (OVER.has(one.status)) return;
      if (one.status !== HEARTBEAT) throw new PullBroken(`${one.status} ${one.text}`);
      continue;
    }
    if (one !== 'known') {
      one.isGiven = true;
      yield one.item;
    }
    left--;
    if (left === 0) return;
  }
}
