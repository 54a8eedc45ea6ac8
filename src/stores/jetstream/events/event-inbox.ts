import type { Msg } from '@nats-io/transport-node';
import { eventInHeaders } from '../../../../events/binary-event.ts';
import { messageOf } from '../../../lib/text.ts';
import type { EventInbox, InboxItem, KeptEvent } from '../../../ports/events/event-inbox.ts';
import { EventsUnavailable } from '../../../ports/events/event-publisher.ts';
import type { EventOutcomes } from '../../../ports/events/outcome-filter.ts';
import { ApiRefusal, StreamMisconfigured } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import {
  confirm,
  ensurePullConsumer,
  PullBroken,
  pullMessages,
  say,
  WORD_ALIVE,
  WORD_DONE,
  wordGiveBack,
} from '../connection/pull-queue.ts';
import { isPassing, patiently } from '../connection/retry.ts';
import { firstAfter } from '../connection/stored-message.ts';
import { ensureStream, STREAM_NOT_FOUND, type StreamSettings, streamInfo } from '../connection/streams.ts';

/** Largest message of the stream, its header included. */
export const EVENT_MESSAGE_BYTES_MAX = 1024 * 1024;

const SECOND_NANOS = 1_000_000_000;

const DAY_NANOS = 24 * 60 * 60 * SECOND_NANOS;

const EVENTS_MAX = 1_000_000;

/** Retention is left to the operator of the server; `duplicate_window` and replicas may differ anyway. */
const RETENTION: ReadonlySet<string> = new Set(['max_age', 'max_msgs', 'max_bytes']);

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

/** Two signs of life may be lost. */
const SIGNS = 3;

/** The stream of events through one durable consumer, which remembers what has been dealt with. */
export function createJetStreamEventInbox(source: Source): EventInbox {
  return {
    take: (options) => take(source, options),
    silentMs: source.silentMs,
    read: (position) => readEvent(source, position),
  };
}

async function readEvent({ link, names }: Source, position: number): Promise<KeptEvent | undefined> {
  const { eventsStream: stream, eventSubjects: subject } = names;
  const found = await patiently(
    link,
    () => firstAfter(link, { stream, subject, after: position - 1 }),
    (cause) => new EventsUnavailable(`event ${position} cannot be read: ${messageOf(cause)}`, { cause }),
  );

  return found?.seq === position
    ? { position, ...names.eventOf(found.subject), body: bodyOf(found.headers, found.body) }
    : undefined;
}

/** An event whose attributes stand in the headers of its message is given out as one in structured JSON. */
function bodyOf(headers: string, data: string): string {
  const lines = headers.split('\r\n').flatMap((line) => {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  try {
    const event = eventInHeaders(lines, data);

    return event === undefined ? data : JSON.stringify(event);
  } catch {
    // What is no JSON is given out as it is, and refused as such by whoever reads it.
    return data;
  }
}

async function* take(
  source: Source,
  { signal, atOnceMax }: Take,
): AsyncGenerator<InboxItem, void, undefined> {
  const { link, names } = source;
  const events = createOpenEvents(source, atOnceMax);
  try {
    const messages = pullMessages(link, {
      stream: names.eventsStream,
      consumer: names.eventsConsumer,
      signal,
      room: () => events.room(signal),
      prepare: () => ensureEventConsumer(source),
      giveUp: (error) => (mayPass(error) ? undefined : givenUp(error)),
    });
    for await (const message of messages) {
      const item = events.add(message);
      if (item !== undefined) yield item;
    }
  } finally {
    events.close();
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

/** The events that are here until they are dealt with or given back. The server hears of each that it is alive. */
type OpenEvents = {
  /** Undefined where it is here already, and came again because the server had heard nothing of it. */
  add(message: Msg): InboxItem | undefined;
  /** Resolves with how many more there may be as soon as there may be any, or with 0 when the signal aborts. */
  room(signal: AbortSignal): Promise<number>;
  /** What is not dealt with by now is given out again when the server has heard nothing of it for a while. */
  close(): void;
};

/** How the server is told of an event: by its last delivery. */
type OpenEvent = { readonly position: number; reply: string };

function createOpenEvents({ link, names, silentMs }: Source, atOnceMax: number): OpenEvents {
  const open = new Map<string, OpenEvent>();
  let wake = (): void => {};
  const timer = setInterval(() => {
    for (const { reply } of open.values()) say(link, reply, WORD_ALIVE);
  }, silentMs / SIGNS);
  timer.unref();

  function remove(key: string): void {
    open.delete(key);
    wake();
  }

  return {
    add: (message) => {
      const { reply = '' } = message;
      const { key, position } = placeOf(reply);
      const known = open.get(key);
      if (known !== undefined) {
        known.reply = reply;

        return undefined;
      }
      const event: OpenEvent = { position, reply };
      open.set(key, event);

      return {
        position,
        ...names.eventOf(message.subject),
        body: bodyOf(String(message.headers ?? ''), message.string()),
        done: () => acknowledge(link, event).finally(() => remove(key)),
        again: (delayMs) => {
          say(link, event.reply, wordGiveBack(delayMs));
          remove(key);
        },
      };
    },
    room: async (signal) => {
      while (open.size >= atOnceMax && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', wake);
        });
        signal.removeEventListener('abort', wake);
      }

      return signal.aborted ? 0 : atOnceMax - open.size;
    },
    close: () => clearInterval(timer),
  };
}

/** One whose consumer is gone is acknowledged when the next consumer has given it out again. */
function acknowledge(link: Link, event: OpenEvent): Promise<void> {
  return patiently(
    link,
    () => confirm(link, event.reply, WORD_DONE),
    (cause, problem) =>
      new EventsUnavailable(
        `event ${event.position} was dealt with, and the server cannot be told: ${messageOf(cause)}` +
          `${problem === undefined ? '' : ` (the server said: ${problem})`}; run \`workflow doctor\``,
        { cause },
      ),
  );
}

/**
 * The place of a message is told by its reply subject, which has two more tokens in front when there are domains. With
 * the time at which it was stored, because a stream that was made again counts from the beginning.
 */
function placeOf(reply: string): { readonly key: string; readonly position: number } {
  const tokens = reply.split('.');
  const offset = tokens.length >= 11 ? 2 : 0;
  const [position = '', , storedAt = ''] = tokens.slice(5 + offset);

  return { key: `${position} ${storedAt}`, position: Number(position) };
}

/** The start of a consumer, which never changes after its creation. */
type Begin = { readonly deliver_policy: string; readonly opt_start_seq?: number };

/** There is no such consumer, or not even the stream. */
const MISSING: ReadonlySet<number> = new Set([10014, STREAM_NOT_FOUND]);

/** Another process made or deleted it in this moment: who looks again finds it as it is. */
const CONSUMER_CHANGED: ReadonlySet<number> = new Set([10148, 10149]);

/** An event this far behind the last handled one may still be unhandled. */
const BEHIND_MAX = 1_024;

/** Events are handled concurrently: the last outcome need not belong to the last event. */
const OUTCOMES_LOOKED_AT = 256;

/** Gives one that exists these settings; what it remembers stays. */
async function ensureEventConsumer(source: Source): Promise<void> {
  const { link, names, silentMs } = source;
  const { eventsStream, eventsConsumer: name, eventSubjects: filter } = names;
  await ensureEventStream(source);
  const found = await beginOfExisting(source);
  await ensurePullConsumer(link, {
    stream: eventsStream,
    name,
    filter,
    aliveMs: silentMs,
    // Each ends in an outcome: what cannot be dealt with is noted as such, and not given up in silence.
    settings: found ?? (await beginOfNew(source)),
    action: found === undefined ? 'create' : 'update',
  });
}

/** Whether the engines have the consumer by which they take events. */
export async function hasInboxConsumer(source: Pick<Source, 'link' | 'names'>): Promise<boolean> {
  return (await beginOfExisting(source)) !== undefined;
}

async function beginOfExisting({ link, names }: Pick<Source, 'link' | 'names'>): Promise<Begin | undefined> {
  const { eventsStream, eventsConsumer } = names;
  try {
    const subject = `CONSUMER.INFO.${eventsStream}.${eventsConsumer}`;

    const { config } = await link.api<{ readonly config: Begin }>(subject, {});
    const { deliver_policy, opt_start_seq } = config;

    return { deliver_policy, ...(opt_start_seq === undefined ? {} : { opt_start_seq }) };
  } catch (error) {
    if (error instanceof ApiRefusal && MISSING.has(error.errCode)) return undefined;
    throw error;
  }
}

/** One that was lost does not give out again everything that is kept. */
async function beginOfNew({ link, names, outcomes }: Source): Promise<Begin> {
  const [stream, latest] = await Promise.all([
    streamInfo(link, names.eventsStream),
    outcomes.list({ limit: OUTCOMES_LOOKED_AT }),
  ]);
  // A stream that was made again counts from the beginning: outcomes from before say nothing about it.
  const madeMs = Date.parse(stream?.created ?? '');
  const own = latest
    .map(({ outcome }) => outcome)
    .filter(({ at }) => Date.parse(at) >= madeMs)
    .map(({ position }) => position);
  const highest = Math.max(0, ...own);
  if (highest === 0 || highest > (stream?.state.last_seq ?? 0)) return { deliver_policy: 'all' };

  return { deliver_policy: 'by_start_sequence', opt_start_seq: Math.max(1, highest - BEHIND_MAX) };
}

/**
 * Makes the stream of the namespace's events if it is missing, and whoever may not make it finds it there. Rejects as
 * `ensureStream` does.
 */
export async function ensureEventStream(source: {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
}): Promise<void> {
  const { link, names, replicas } = source;
  if (link.mayLead) {
    await ensureStream(link, eventSettings(names, replicas), RETENTION);
  } else if ((await streamInfo(link, names.eventsStream)) === undefined) {
    throw new Error(
      `the stream ${names.eventsStream} is not there yet, and only an engine makes it: start one first`,
    );
  }
}

/** Events are news, not history: the journal is that. The oldest go, and a full stream never refuses a new one. */
function eventSettings(names: Names, replicas: number): StreamSettings {
  return {
    name: names.eventsStream,
    subjects: [names.eventSubjects],
    storage: 'file',
    retention: 'limits',
    discard: 'old',
    max_age: 30 * DAY_NANOS,
    max_msgs: EVENTS_MAX,
    max_msg_size: EVENT_MESSAGE_BYTES_MAX,
    // The server keeps the ids of this time in memory. Attempts follow each other within a minute by default.
    duplicate_window: 600 * SECOND_NANOS,
    num_replicas: replicas,
  };
}
