import { setMaxListeners } from 'node:events';
import { type Msg, type NatsConnection, TimeoutError } from '@nats-io/transport-node';
import { type Report, ReportAnswer, StopNotice, WorkItem } from '../../../../events/worker-protocol.ts';
import { shardOf } from '../../../../machines/shard.ts';
import { onAbort, untilAborted } from '../../../lib/abort.ts';
import { WorkQueueUnavailable } from '../../../ports/work/work-queue.ts';
import type { ClaimedItem, OnHeard, PassableItem, PassableLink } from '../../../ports/work/worker-link.ts';
import { dial, type Login } from '../connection/dial.ts';
import { createLink, type Link } from '../connection/link.ts';
import { type Names, namesOf } from '../connection/names.ts';
import {
  confirm,
  pullMessages,
  say,
  WORD_ALIVE,
  WORD_DONE,
  WORD_DROP,
  wordGiveBack,
} from '../connection/pull-queue.ts';
import { patiently, pause } from '../connection/retry.ts';
import { readMessage } from '../journal/journal-read.ts';
import { ANSWER_MS_MAX, askOnce } from './queries.ts';
import { WORK_ALIVE_MS } from './work-queue.ts';

const SILENCES_MAX = 2;

/** Within so long the server says that nobody listens, where nobody does. */
const NOBODY_MS_MAX = 250;

/** What servers take that are not told otherwise. */
const REPORT_BYTES_MAX = 1024 * 1024;

export type WorkerLinkOptions = {
  /** One address or several, separated by commas; credentials may stand in it. */
  readonly url: string;
  /** Who this is, where that does not stand in the address. */
  readonly login?: Login | undefined;
  readonly namespace?: string | undefined;
  /** The name of this connection on the server. */
  readonly name?: string | undefined;
  /** Told what a person should know. */
  readonly onProgress?: ((message: string) => void) | undefined;
};

/**
 * Connects a worker. It makes nothing on the server, where it may do little: while the queue of an agent is missing it
 * waits for an engine to make it. Rejects with NatsUnreachable, NatsUrlInvalid or NatsTooOld.
 */
export async function connectWorkerLink(
  options: WorkerLinkOptions,
): Promise<PassableLink & { readonly url: string }> {
  const names = namesOf(options.namespace ?? 'default');
  const { connection, inboxPrefix, url } = await dial({ ...options, name: options.name ?? 'worker' });
  const link = createLink(connection, { tell: options.onProgress, inboxPrefix });
  const claims = createWorkClaims({ link, names });
  void tellRefusals(connection, link.tell);

  return {
    url,
    aliveMs: WORK_ALIVE_MS,
    get reportBytesMax() {
      return connection.info?.max_payload ?? REPORT_BYTES_MAX;
    },
    claim: claims.claim,
    held: claims.held,
    report: (item, report, signal, onHeard) =>
      sendReport(link, item.reportTo ?? names.reportSubject(item.agent, shardOf(item.run)), {
        report,
        signal,
        onHeard,
      }),
    hello: (hello) => say(link, names.helloSubject(hello.agent), JSON.stringify(hello)),
    onRollCall: (listener) => hear(link, names.rollCallSubject, () => listener()),
    onStop: (agent, listener) =>
      hear(link, names.stopSubject(agent), (text) => {
        const notice = readMessage(StopNotice, text);
        if (notice !== undefined) listener(notice);
      }),
    close: async () => {
      claims.close();
      // What was said last, such as that the worker leaves, is still sent.
      if (link.isUp()) await connection.drain().catch(() => undefined);
      await connection.close();
    },
  };
}

/** A worker of limited rights that asks for what is not its own would wait in silence. */
async function tellRefusals(connection: NatsConnection, tell: (message: string) => void): Promise<void> {
  const told = new Set<string>();
  for await (const status of connection.status()) {
    if (status.type !== 'error' || told.has(status.error.message)) continue;
    told.add(status.error.message);
    tell(
      `the NATS server refuses: ${status.error.message}; was this user made for another agent or another namespace?`,
    );
  }
}

function hear(link: Link, subject: string, listener: (text: string) => void): () => void {
  const subscription = link.connection.subscribe(subject, {
    callback: (error, message) => {
      if (error === null) listener(message.string());
    },
  });

  return () => subscription.unsubscribe();
}

/** Takes items out of the queues of agents. */
type WorkClaims = Pick<PassableLink, 'claim' | 'held'> & {
  /** Ends all claims that wait; what comes for them all the same goes back. */
  close(): void;
};

function createWorkClaims({ link, names }: { readonly link: Link; readonly names: Names }): WorkClaims {
  const waiting = new Set<AbortController>();
  let isClosed = false;

  return {
    claim: async (agent, { waitMs, signal }) => {
      if (isClosed || signal.aborted) return undefined;
      // A worker of some capacity waits with one signal for many things at once, of which Node would warn.
      setMaxListeners(0, signal);
      const over = new AbortController();
      waiting.add(over);
      const stopListening = onAbort(signal, () => over.abort());
      try {
        const messages = pullMessages(link, {
          stream: names.workStream,
          consumer: names.workConsumer(agent),
          signal: over.signal,
          untilMs: performance.now() + waitMs,
          room: async () => 1,
        });
        for await (const message of messages) {
          const claimed = claimedIn(link, agent, message);
          if (claimed !== undefined) return claimed;
        }

        return undefined;
      } finally {
        stopListening();
        waiting.delete(over);
      }
    },
    held: (handle) => heldAt(link, handle),
    close: () => {
      isClosed = true;
      for (const over of [...waiting]) over.abort();
    },
  };
}

function claimedIn(link: Link, agent: string, message: Msg): PassableItem | undefined {
  const { reply = '' } = message;
  const item = readMessage(WorkItem, message.string());
  if (item?.agent !== agent) {
    link.tell(
      `a message in the queue of ${agent} is no work item (${message.subject}, ${message.data.length} bytes) and is ` +
        'taken out; is the engine of another version, or was it published by hand?',
    );
    void settle(link, reply, WORD_DROP);
    return undefined;
  }

  return { item, handle: reply, ...heldAt(link, reply) };
}

/** The subject to which words about a delivery go serves every connection. */
function heldAt(link: Link, reply: string): Omit<ClaimedItem, 'item'> {
  return {
    alive: () => say(link, reply, WORD_ALIVE),
    done: () => settle(link, reply, WORD_DONE),
    giveBack: (delayMs) => settle(link, reply, wordGiveBack(delayMs)),
  };
}

/**
 * Says what becomes of the item until the server has confirmed it. A server that was killed may not remember that it
 * gave the item away: it is silent then, and gives it away again.
 */
async function settle(link: Link, reply: string, word: string): Promise<void> {
  let silences = 0;
  try {
    await patiently(link, async () => {
      try {
        await confirm(link, reply, word);
      } catch (error) {
        if (error instanceof TimeoutError) silences += 1;
        if (silences < SILENCES_MAX) throw error;
      }
    });
  } catch {
    // The queue gives the item to somebody again, and the engine tells whoever gets it that it is over.
  }
}

/** Tells the engine that answers on the subject, again while nobody does, until the signal aborts: then rejects. */
export async function sendReport(
  link: Link,
  subject: string,
  {
    report,
    signal,
    onHeard = () => undefined,
  }: {
    readonly report: Report;
    readonly signal: AbortSignal;
    readonly onHeard?: OnHeard | undefined;
  },
): Promise<ReportAnswer> {
  const body = JSON.stringify(report);
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const heard = setTimeout(onHeard, NOBODY_MS_MAX, true);
    const asked = askOnce(link, subject, { body, timeoutMs: ANSWER_MS_MAX });
    const text = await untilAborted(signal, asked).finally(() => clearTimeout(heard));
    onHeard(false);
    const answer = readMessage(ReportAnswer, text);
    if (answer !== undefined) return answer;
    if (link.connection.isClosed()) throw new WorkQueueUnavailable('the link of the worker was closed');
    await untilAborted(signal, pause(attempt));
  }
}
