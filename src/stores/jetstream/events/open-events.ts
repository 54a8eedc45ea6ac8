import type { Msg } from '@nats-io/transport-node';
import { messageOf } from '../../../lib/text.ts';
import type { InboxItem } from '../../../ports/events/event-inbox.ts';
import { EventsUnavailable } from '../../../ports/events/event-publisher.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { untilBroken } from '../connection/race-disconnect.ts';
import { patiently } from '../connection/retry.ts';

/** An event that a taker in this process has, or is about to get. */
export type OpenEvent = { readonly item: InboxItem; isGiven: boolean };

/** The events that are here until they are dealt with or given back. The server hears of each that it is alive. */
export type OpenEvents = {
  /** Undefined where it is here already, and came again because the server had heard nothing of it. */
  add(message: Msg): OpenEvent | undefined;
  /** Resolves with how many more there may be as soon as there may be any, or with 0 when the signal aborts. */
  room(signal: AbortSignal): Promise<number>;
  /** Gives back at once what nobody has been given. */
  leaveRest(): void;
  /** What is not dealt with by now is given out again when the server has heard nothing of it for a while. */
  close(): void;
};

type Entry = OpenEvent & { message: Msg };

const ACK_TIMEOUT_MS = 2_000;
const MS_NANOS = 1_000_000;
/** Two signs of life may be lost. */
const SIGNS = 3;

export function createOpenEvents(source: {
  readonly link: Link;
  readonly names: Names;
  readonly silentMs: number;
  readonly atOnceMax: number;
}): OpenEvents {
  const { link, names, silentMs, atOnceMax } = source;
  const entries = new Map<string, Entry>();
  let wake = (): void => {};
  const timer = setInterval(() => {
    for (const { message } of entries.values()) say(link, message, '+WPI');
  }, silentMs / SIGNS);
  timer.unref();

  function remove(key: string): void {
    entries.delete(key);
    wake();
  }

  return {
    add: (message) => {
      const { key, position } = placeOf(message);
      const known = entries.get(key);
      if (known !== undefined) {
        known.message = message;

        return undefined;
      }
      const item: InboxItem = {
        position,
        ...names.eventOf(message.subject),
        body: message.string(),
        done: () => acknowledge(link, entry).finally(() => remove(key)),
        again: (delayMs) => {
          say(link, entry.message, `-NAK ${JSON.stringify({ delay: Math.round(delayMs * MS_NANOS) })}`);
          remove(key);
        },
      };
      const entry: Entry = { item, message, isGiven: false };
      entries.set(key, entry);

      return entry;
    },
    room: async (signal) => {
      while (entries.size >= atOnceMax && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', wake);
        });
        signal.removeEventListener('abort', wake);
      }

      return signal.aborted ? 0 : atOnceMax - entries.size;
    },
    leaveRest: () => {
      for (const [key, { message, isGiven }] of [...entries]) {
        if (isGiven) continue;
        say(link, message, '-NAK');
        remove(key);
      }
    },
    close: () => clearInterval(timer),
  };
}

/** What is said while the connection is down is lost; then the server gives the event out again by itself. */
function say(link: Link, message: Msg, word: string): void {
  if (link.isUp()) message.respond(word);
}

/** By the last delivery: one whose consumer is gone is acknowledged when the next consumer has given it out again. */
function acknowledge(link: Link, entry: Entry): Promise<void> {
  return patiently(
    link,
    async () => {
      const { reply = '' } = entry.message;
      await untilBroken(link, link.connection.request(reply, '+ACK', { timeout: ACK_TIMEOUT_MS }));
    },
    (cause, problem) =>
      new EventsUnavailable(
        `event ${entry.item.position} was dealt with, and the server cannot be told: ${messageOf(cause)}` +
          `${problem === undefined ? '' : ` (the server said: ${problem})`}; run \`workflow doctor\``,
        { cause },
      ),
  );
}

/**
 * The place of a message is told by its reply subject, which has two more tokens in front when there are domains. With
 * the time at which it was stored, because a stream that was made again counts from the beginning.
 */
function placeOf({ reply = '' }: Msg): { readonly key: string; readonly position: number } {
  const tokens = reply.split('.');
  const offset = tokens.length >= 11 ? 2 : 0;
  const [position = '', , storedAt = ''] = tokens.slice(5 + offset);

  return { key: `${position} ${storedAt}`, position: Number(position) };
}
