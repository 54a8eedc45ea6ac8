import type { NatsConnection } from '@nats-io/transport-node';
import { type Hello, StopNotice } from '../../../events/worker-protocol.ts';
import { shardOf } from '../../../machines/shard.ts';
import type { PassableLink } from '../../ports/worker-link.ts';
import { dial } from './dial.ts';
import { createLink, type Link } from './link.ts';
import { namesOf } from './names.ts';
import { readMessage } from './read-message.ts';
import { sendReport } from './send-report.ts';
import { createWorkClaims } from './work-claims.ts';
import { WORK_ALIVE_MS } from './work-consumer.ts';

/** What servers take that are not told otherwise. */
const REPORT_BYTES_MAX = 1024 * 1024;

export type WorkerLinkOptions = {
  /** One address or several, separated by commas; credentials may stand in it. */
  readonly url: string;
  readonly namespace?: string | undefined;
  /** How this connection is called on the server. */
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
