import type { NatsConnection } from '@nats-io/transport-node';
import { type Report, ReportAnswer, StopNotice } from '../../../../events/worker-protocol.ts';
import { shardOf } from '../../../../machines/shard.ts';
import { untilAborted } from '../../../lib/abort.ts';
import { WorkQueueUnavailable } from '../../../ports/work/work-queue.ts';
import type { OnHeard, PassableLink, WorkerLink } from '../../../ports/work/worker-link.ts';
import { dial, type Login } from '../connection/dial.ts';
import { createLink, type Link } from '../connection/link.ts';
import { namesOf } from '../connection/names.ts';
import { say } from '../connection/pull-queue.ts';
import { pause } from '../connection/retry.ts';
import { readMessage } from '../journal/journal-read.ts';
import { ANSWER_MS_MAX, askOnce } from './queries.ts';
import { createWorkClaims } from './work-claims.ts';
import { WORK_ALIVE_MS } from './work-queue.ts';
import { createWorkerIntakes } from './worker-intakes.ts';

/** Within so long the server says that nobody listens, where nobody does. */
const NOBODY_MS_MAX = 250;

/** `,"handed":true` */
const HANDED_BYTES = 15;

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
): Promise<WorkerLink & { readonly url: string }> {
  const { link, names, claims, shared } = await connect(options);
  const intakes = createWorkerIntakes({ link, names });

  return {
    ...shared,
    // Each report of a handed item says so.
    get reportBytesMax() {
      return shared.reportBytesMax - HANDED_BYTES;
    },
    claim: (agent, { worker, ...asked }) =>
      worker === undefined
        ? claims.claim(agent, asked)
        : intakes.of({ agent, worker }).next(asked.waitMs, asked.signal),
    takesHanded: (agent, worker) => void intakes.of({ agent, worker }),
    report: async (item, report, signal, onHeard) =>
      (await intakes.tell(item, report, signal)) ??
      shared.report(item, intakes.asHanded(item, report), signal, onHeard),
    hello: (hello) => shared.hello(intakes.saying(hello)),
    onStop: (agent, listener) =>
      shared.onStop(agent, (notice) => {
        intakes.stopped(agent, notice.attemptKey);
        listener(notice);
      }),
    close: async () => {
      intakes.close();
      await shared.close();
    },
  };
}

/** The same for a process that works for others, of which each may come back to another process. */
export async function connectPassableLink(options: WorkerLinkOptions): Promise<PassableLink> {
  return (await connect(options)).shared;
}

async function connect(options: WorkerLinkOptions) {
  const names = namesOf(options.namespace ?? 'default');
  const { connection, inboxPrefix, url } = await dial({ ...options, name: options.name ?? 'worker' });
  const link = createLink(connection, { tell: options.onProgress, inboxPrefix });
  const claims = createWorkClaims({ link, names });
  void tellRefusals(connection, link.tell);
  const shared: PassableLink & { readonly url: string } = {
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

  return { link, names, claims, shared };
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
