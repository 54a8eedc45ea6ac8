import type { Msg } from '@nats-io/transport-node';
import { onAbort, untilAborted } from '../../../lib/abort.ts';
import { createAsyncQueue } from '../../../lib/async-queue.ts';
import type { Link } from './link.ts';
import { untilBroken } from './race-disconnect.ts';
import { pause } from './retry.ts';

/** The consumer is gone, or does not answer. The reaction: look after it, and ask again. */
export class PullBroken extends Error {
  override readonly name = 'PullBroken';
}

/** A durable consumer that processes share: each message goes to one of them, and to another unless it is settled. */
type PullConsumer = {
  readonly stream: string;
  readonly name: string;
  readonly filter: string;
  /** The time without a word about a message after which the server gives it to another process. */
  readonly aliveMs: number;
  readonly settings: object;
  readonly action?: 'create' | 'update';
};

type Pulling = {
  readonly stream: string;
  readonly consumer: string;
  /** Ends it; what was on its way goes back to the queue at once. */
  readonly signal: AbortSignal;
  /** Ends it at this time of `performance.now()`. */
  readonly untilMs?: number;
  /** Resolves with how many messages are wanted, as soon as any are; with 0 where none will be. */
  readonly room: () => Promise<number>;
  /** Looks after the consumer, before the first pull and after all trouble. */
  readonly prepare?: () => Promise<void>;
  /** The error for trouble that will not pass; without it any may. */
  readonly giveUp?: (error: unknown) => Error | undefined;
};

/** A pull is asked for anew after so long: one that a server took with it when it died would be waited for in vain. */
const PULL_MS_MAX = 5_000;
/** A server may answer "nothing there" this much later than asked. */
const GRACE_MS = 500;
const CONFIRM_TIMEOUT_MS = 2_000;
const MS_NANOS = 1_000_000;
/** Statuses of the server in place of a message: there is none, none came in time. */
const NOTHING: ReadonlySet<number> = new Set([404, 408]);

/**
 * Makes the consumer, or gives one that exists these settings; what it holds stays. Resolves with the position up to
 * which everything has been dealt with, as the server believes. Rejects with what `api` does.
 */
export async function ensurePullConsumer(link: Link, consumer: PullConsumer): Promise<number> {
  const { stream, name, filter, aliveMs, settings, action } = consumer;
  const config = {
    name,
    durable_name: name,
    filter_subject: filter,
    ack_policy: 'explicit',
    ack_wait: aliveMs * MS_NANOS,
    // Who failed with a message, and how many may be under way, is for those who pull to count.
    max_deliver: -1,
    max_ack_pending: -1,
    ...settings,
  };
  const request = { stream_name: stream, config, ...(action === undefined ? {} : { action }) };
  const subject = `CONSUMER.CREATE.${stream}.${name}.${filter}`;
  const { ack_floor: floor } = await link.api<{ readonly ack_floor: { stream_seq: number } }>(
    subject,
    request,
  );

  return floor.stream_seq;
}

/** The messages of a consumer as they come, also after trouble, until they are not wanted any more. */
export async function* pullMessages(link: Link, pulling: Pulling): AsyncGenerator<Msg, void, undefined> {
  const { signal, untilMs, prepare, giveUp } = pulling;
  for (let troubles = 0; !signal.aborted && leftMs(untilMs) > 0; troubles++) {
    try {
      if (!link.isUp()) throw new PullBroken('the connection is down');
      await prepare?.();
      for await (const message of messagesUntilBroken(link, pulling)) {
        troubles = 0;
        yield message;
      }

      return;
    } catch (error) {
      const final = signal.aborted ? undefined : giveUp?.(error);
      if (final !== undefined) throw final;
      await untilAborted(signal, pause(troubles)).catch(() => undefined);
    }
  }
}

function leftMs(untilMs = Number.POSITIVE_INFINITY): number {
  return untilMs - performance.now();
}

async function* messagesUntilBroken(
  link: Link,
  { stream, consumer, signal, untilMs, room }: Pulling,
): AsyncGenerator<Msg, void, undefined> {
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  for (;;) {
    const batch = await room();
    const waitMs = Math.min(PULL_MS_MAX, leftMs(untilMs));
    if (batch === 0 || signal.aborted || waitMs <= 0) return;
    yield* pullOnce(link, { subject, batch, waitMs, signal });
  }
}

type PullRequest = {
  readonly subject: string;
  readonly batch: number;
  readonly waitMs: number;
  readonly signal: AbortSignal;
};

/** Asks once for so many messages: ends when they came or no more come in time, or the signal aborts. */
async function* pullOnce(
  link: Link,
  { subject, batch, waitMs, signal }: PullRequest,
): AsyncGenerator<Msg, void, undefined> {
  const arrivals = openArrivals(link, waitMs, signal);
  let left = batch;
  try {
    const request = { batch, expires: Math.max(1, Math.round(waitMs * MS_NANOS)) };
    link.connection.publish(subject, JSON.stringify(request), { reply: arrivals.inbox });
    for await (const message of arrivals.messages()) {
      left -= 1;
      yield message;
      if (left === 0) return;
    }
  } finally {
    arrivals.close(left === 0);
  }
}

type Arrivals = {
  readonly inbox: string;
  /** Ends where the server says that nothing comes any more; throws PullBroken, or what the subscription fails with. */
  readonly messages: () => AsyncGenerator<Msg, void, undefined>;
  /** `isAll`: nothing more is on its way. */
  readonly close: (isAll: boolean) => void;
};

/** What the server sends in answer to one pull. What comes when nobody waits for it any more goes back at once. */
function openArrivals(link: Link, waitMs: number, signal: AbortSignal): Arrivals {
  const inbox = link.inbox();
  const queue = createAsyncQueue<Msg>();
  const waiting = new Set<Msg>();
  let isOver = false;
  // Without a word the server would wait for a sign of life first.
  const giveBack = ({ reply = '' }: Msg): void => say(link, reply, wordGiveBack());
  const subscription = link.connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error !== null) queue.fail(error);
      else if (!isOver) queue.push(message);
      // A message keeps its own subject, a status comes on that of the inbox.
      if (error !== null || message.subject === inbox) return;
      if (isOver) giveBack(message);
      else waiting.add(message);
    },
  });
  const silent = setTimeout(() => queue.fail(new PullBroken('the server fell silent')), waitMs + GRACE_MS);
  const stops = [
    link.onDown(() => queue.fail(new PullBroken('the connection broke'))),
    onAbort(signal, queue.end),
    () => clearTimeout(silent),
  ];

  return {
    inbox,
    messages: async function* () {
      for await (const message of queue.items()) {
        if (message.subject !== inbox) {
          waiting.delete(message);
          yield message;
          continue;
        }
        const { code = 0, description = '' } = message.headers ?? {};
        if (NOTHING.has(code)) return;
        throw new PullBroken(`${code} ${description}`);
      }
    },
    close: (isAll) => {
      isOver = true;
      for (const stop of stops) stop();
      for (const message of waiting) giveBack(message);
      // Draining, unlike leaving at once, still hears what the server sent before it knew.
      if (isAll) subscription.unsubscribe();
      else subscription.drain().catch(() => undefined);
    },
  };
}

/** It is still being worked on. */
export const WORD_ALIVE = '+WPI';
/** It has been dealt with. */
export const WORD_DONE = '+ACK';
/** Nobody can deal with it. */
export const WORD_DROP = '+TERM';

/** Somebody is to have it again, after this time. */
export function wordGiveBack(delayMs = 0): string {
  return delayMs === 0 ? '-NAK' : `-NAK ${JSON.stringify({ delay: Math.round(delayMs * MS_NANOS) })}`;
}

/**
 * Says what becomes of a message to the subject that it asks for, from any connection. What is said while the
 * connection is down is lost; then the server gives the message out again by itself.
 */
export function say(link: Link, reply: string, word: string): void {
  if (link.isUp()) link.connection.publish(reply, word);
}

/** Says it once and waits until the server has confirmed it; saying so twice does no harm. */
export async function confirm(link: Link, reply: string, word: string): Promise<void> {
  await untilBroken(link, link.connection.request(reply, word, { timeout: CONFIRM_TIMEOUT_MS }));
}
