import type { Msg } from '@nats-io/transport-node';
import { z } from 'zod';
import { messageOf } from '../../../lib/text.ts';
import type { Alert, AlertWire } from '../../../ports/events/alert-delivery.ts';
import type { EventInbox, InboxItem } from '../../../ports/events/event-inbox.ts';
import { type EventPublisher, EventsUnavailable } from '../../../ports/events/event-publisher.ts';
import type { EventOutcomes } from '../../../ports/events/outcome-filter.ts';
import type { TriggerMarks } from '../../../ports/events/trigger-marks.ts';
import { createInflow, HEARTBEAT_MS } from '../connection/inflow.ts';
import { ApiRefusal, StreamMisconfigured } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { isPassing, pause } from '../connection/retry.ts';
import { STREAM_NOT_FOUND } from '../connection/streams.ts';
import { readMessage } from '../journal/read-message.ts';
import { createTriggerMarks } from '../kv/trigger-marks.ts';
import { CONSUMER_CHANGED, ensureEventConsumer, ensureEventStream } from './event-consumer.ts';
import { createJetStreamEventOutcomes } from './event-outcomes.ts';
import { createJetStreamEventPublisher } from './event-publisher.ts';
import { createOpenEvents, type OpenEvent, type OpenEvents } from './open-events.ts';

/** The consumer is gone, or does not answer. The reaction: look after it, and ask again. */
class PullBroken extends Error {
  override readonly name = 'PullBroken';
}

const EXPIRES_MS = 30_000;
const MS_NANOS = 1_000_000;
/** Statuses of the server in place of an event: it is still there, there is none, none came in time. */
const HEARTBEAT = 100;
const OVER: ReadonlySet<number> = new Set([404, 408]);

/** The time without a heartbeat after which the server gives an event to another engine. */
const EVENT_SILENT_MS = 10_000;

const Told = z.object({
  id: z.string(),
  rule: z.string(),
  on: z.string(),
  subject: z.string(),
  text: z.string(),
  at: z.string(),
  run: z.string().optional(),
  link: z.string().optional(),
});

/** What starts and wakes runs, and what runs tell others. */
export type TriggersSide = {
  readonly events: EventPublisher;
  readonly inbox: EventInbox;
  readonly outcomes: EventOutcomes;
  readonly triggerMarks: TriggerMarks;
  readonly alertWire: AlertWire;
  /** From then on events are kept, whoever publishes them. Rejects with EventsUnavailable, StreamMisconfigured. */
  openEvents(): Promise<void>;
};

export function createTriggersSide(source: {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
  readonly eventSilentMs?: number | undefined;
}): TriggersSide {
  const { eventSilentMs: silentMs = EVENT_SILENT_MS } = source;
  const outcomes = createJetStreamEventOutcomes(source);

  return {
    events: createJetStreamEventPublisher(source),
    inbox: createJetStreamEventInbox({ ...source, silentMs, outcomes }),
    outcomes,
    triggerMarks: createTriggerMarks(source),
    alertWire: createAlertWire(source),
    openEvents: () => ensureEventStream(source),
  };
}

/** Alerts as plain messages that nobody stores: whoever is not there hears nothing of them. */
function createAlertWire({ link, names }: { readonly link: Link; readonly names: Names }): AlertWire {
  const subject = names.alertSubject;
  const listeners = new Set<(alert: Alert) => void>();
  let stop: (() => void) | undefined;

  function subscribe(): () => void {
    const subscription = link.connection.subscribe(subject, {
      callback: (error, message) => {
        const alert = error === null ? alertIn(message.string()) : undefined;
        if (alert !== undefined) for (const listener of [...listeners]) listener(alert);
      },
    });

    return () => subscription.unsubscribe();
  }

  return {
    send: (alert) => {
      try {
        if (link.isUp()) link.connection.publish(subject, JSON.stringify(alert));
      } catch (error) {
        link.tell(`an alert could not be told to other engines: ${messageOf(error)}`);
      }
    },
    onAlert: (listener) => {
      listeners.add(listener);
      stop ??= subscribe();

      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}

/** An engine of another version may say more, or what is no alert to us. */
function alertIn(text: string): Alert | undefined {
  const told = readMessage(Told, text);
  if (told === undefined) return undefined;
  const { run, link, ...alert } = told;

  return { ...alert, ...(run === undefined ? {} : { run }), ...(link === undefined ? {} : { link }) };
}

type Source = {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
  /** The time without a heartbeat after which the server gives an event to another engine. */
  readonly silentMs: number;
  /** What became of the events before. */
  readonly outcomes: Pick<EventOutcomes, 'list'>;
};
type Take = Parameters<EventInbox['take']>[0];

/** The stream of events through one durable consumer, which remembers what has been dealt with. */
function createJetStreamEventInbox(source: Source): EventInbox {
  return { take: (options) => take(source, options), silentMs: source.silentMs };
}

async function* take(
  source: Source,
  { signal, atOnceMax }: Take,
): AsyncGenerator<InboxItem, void, undefined> {
  const events = createOpenEvents({ ...source, atOnceMax });
  try {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        if (!source.link.isUp()) throw new PullBroken('the connection is down');
        await ensureEventConsumer(source);
        for await (const item of itemsUntilBroken(source, events, signal)) {
          attempt = 0;
          yield item;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!mayPass(error)) throw givenUp(error);
        await pause(attempt);
      }
    }
  } finally {
    events.close();
  }
}

async function* itemsUntilBroken(
  { link, names }: Source,
  events: OpenEvents,
  signal: AbortSignal,
): AsyncGenerator<InboxItem, void, undefined> {
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${names.eventsStream}.${names.eventsConsumer}`;
  for (;;) {
    const batch = await events.room(signal);
    if (batch === 0) return;
    yield* pullEvents(link, { subject, batch, events, signal });
  }
}

/** A stream that has just been made may not be known to every server of a cluster. */
function mayPass(error: unknown): boolean {
  if (error instanceof PullBroken || isPassing(error)) return true;

  return (
    error instanceof ApiRefusal && (error.errCode === STREAM_NOT_FOUND || CONSUMER_CHANGED.has(error.errCode))
  );
}

function givenUp(cause: unknown): Error {
  if (cause instanceof StreamMisconfigured) return cause;

  return new EventsUnavailable(`events cannot be taken: ${messageOf(cause)}; run \`workflow doctor\``, {
    cause,
  });
}

/** One answer to a pull: an event, one that is here already, or what the server says in place of one. */
type Arrived = OpenEvent | 'known' | { readonly status: number; readonly text: string };

/** Asks the consumer once for so many events: ends when they came or none comes any more, or the signal aborts. */
async function* pullEvents(
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
  const inflow = createInflow<Arrived>(link, (reason) => new PullBroken(reason));
  let isOver = false;
  const subscription = link.connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error !== null) inflow.fail(error);
      else if (!isOver) inflow.push(arrived(inbox, events, message));
      // Nobody waits for it any more. Without a word the server would wait for a sign of life first.
      else if (message.subject !== inbox) message.respond('-NAK');
    },
  });
  inflow.endWith(signal);
  try {
    const times = { expires: EXPIRES_MS * MS_NANOS, idle_heartbeat: HEARTBEAT_MS * MS_NANOS };
    link.connection.publish(subject, JSON.stringify({ batch, ...times }), { reply: inbox });
    yield* givenOut(inflow.items(), batch);
  } finally {
    isOver = true;
    inflow.close();
    events.leaveRest();
    // Draining, unlike leaving at once, still hears what the server sent before it knew.
    subscription.drain().catch(() => undefined);
  }
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
