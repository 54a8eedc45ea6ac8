import { setMaxListeners } from 'node:events';
import { type Msg, type NatsConnection, TimeoutError } from '@nats-io/transport-node';
import { type Hello, StopNotice, WorkItem } from '../../../../events/worker-protocol.ts';
import { shardOf } from '../../../../machines/shard.ts';
import { onAbort, untilAborted } from '../../../lib/abort.ts';
import type { ClaimedItem, PassableItem, PassableLink, WorkerLink } from '../../../ports/work/worker-link.ts';
import { dial } from '../connection/dial.ts';
import { createLink, type Link } from '../connection/link.ts';
import { type Names, namesOf } from '../connection/names.ts';
import { untilBroken } from '../connection/race-disconnect.ts';
import { patiently, pause } from '../connection/retry.ts';
import { readMessage } from '../journal/read-message.ts';
import { sendReport } from './send-report.ts';
import { WORK_ALIVE_MS } from './work-consumer.ts';
import { type Pull, type Pulled, startPull } from './work-pull.ts';

/** A pull is asked for anew after so long: one that a server took with it when it died would be waited for in vain. */
const PULL_MS_MAX = 5_000;
const CONFIRM_TIMEOUT_MS = 2_000;
const SILENCES_MAX = 2;
const MS_NANOS = 1_000_000;

/** What servers take that are not told otherwise. */
const REPORT_BYTES_MAX = 1024 * 1024;

export type WorkerLinkOptions = {
  /** One address or several, separated by commas; credentials may stand in it. */
  readonly url: string;
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
  const { connection, inboxPrefix, url } = await dial({ url: options.url, name: options.name ?? 'worker' });
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
    report: (item, report, signal) =>
      sendReport(link, item.reportTo ?? names.reportSubject(item.agent, shardOf(item.run)), {
        report,
        signal,
      }),
    hello: (hello) => say(link, names.helloSubject(hello.agent), hello),
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

function say(link: Link, subject: string, message: Hello): void {
  if (link.isUp()) link.connection.publish(subject, JSON.stringify(message));
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

type ClaimOptions = Parameters<WorkerLink['claim']>[1];

function createWorkClaims({ link, names }: { readonly link: Link; readonly names: Names }): WorkClaims {
  const pulls = new Set<Pull>();
  let isClosed = false;

  async function pullOnce(agent: string, { waitMs, signal }: ClaimOptions): Promise<Pulled> {
    if (!link.isUp()) return 'trouble';
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${names.workStream}.${names.workConsumer(agent)}`;
    const pull = startPull(link, { subject, waitMs: Math.min(waitMs, PULL_MS_MAX) });
    pulls.add(pull);
    // A worker of some capacity waits with one signal for many things at once, of which Node would warn.
    setMaxListeners(0, signal);
    const stopListening = onAbort(signal, pull.leave);
    try {
      return await pull.outcome;
    } finally {
      stopListening();
      pulls.delete(pull);
    }
  }

  async function claimOnce(
    agent: string,
    options: ClaimOptions,
  ): Promise<PassableItem | Exclude<Pulled, Msg>> {
    const pulled = await pullOnce(agent, options);
    if (typeof pulled === 'string') return pulled;

    return claimedIn(link, agent, pulled) ?? 'nothing';
  }

  return {
    claim: async (agent, { waitMs, signal }) => {
      const deadline = performance.now() + waitMs;
      let troubles = 0;
      for (
        let leftMs = waitMs;
        leftMs > 0 && !signal.aborted && !isClosed;
        leftMs = deadline - performance.now()
      ) {
        const claimed = await claimOnce(agent, { waitMs: leftMs, signal });
        if (typeof claimed !== 'string') return claimed;
        troubles = claimed === 'trouble' ? troubles + 1 : 0;
        if (troubles > 0) await untilAborted(signal, pause(troubles)).catch(() => undefined);
      }

      return undefined;
    },
    held: (handle) => heldAt(link, handle),
    close: () => {
      isClosed = true;
      for (const pull of [...pulls]) pull.leave();
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
    void settle(link, reply, '+TERM');
    return undefined;
  }

  return { item, handle: reply, ...heldAt(link, reply) };
}

/** The subject to which words about a delivery go serves every connection. */
function heldAt(link: Link, reply: string): Omit<ClaimedItem, 'item'> {
  return {
    alive: () => {
      if (link.isUp()) link.connection.publish(reply, '+WPI');
    },
    done: () => settle(link, reply, '+ACK'),
    giveBack: (delayMs) =>
      settle(link, reply, `-NAK ${JSON.stringify({ delay: Math.round(delayMs * MS_NANOS) })}`),
  };
}

/**
 * Says what becomes of the item until the server has confirmed it. Saying so twice does no harm. A server that was
 * killed may not remember that it gave the item away: it is silent then, and gives it away again.
 */
async function settle(link: Link, reply: string, word: string): Promise<void> {
  const { connection } = link;
  let silences = 0;
  try {
    await patiently(link, async () => {
      try {
        await untilBroken(link, connection.request(reply, word, { timeout: CONFIRM_TIMEOUT_MS }));
      } catch (error) {
        if (error instanceof TimeoutError) silences += 1;
        if (silences < SILENCES_MAX) throw error;
      }
    });
  } catch {
    // The queue gives the item to somebody again, and the engine tells whoever gets it that it is over.
  }
}
