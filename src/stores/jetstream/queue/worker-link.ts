import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type Hello,
  isEndOfItem,
  type Report,
  ReportAnswer,
  StopNotice,
} from '../../../../events/worker-protocol.ts';
import { shardOf } from '../../../../machines/shard.ts';
import { untilAborted } from '../../../lib/abort.ts';
import { WorkQueueUnavailable } from '../../../ports/work/work-queue.ts';
import type { Addressed, OnHeard, PassableLink, WorkerLink } from '../../../ports/work/worker-link.ts';
import { dial, type Login } from '../connection/dial.ts';
import { createLink, type Link } from '../connection/link.ts';
import { type Names, namesOf } from '../connection/names.ts';
import { pullMessages, say } from '../connection/pull-queue.ts';
import { pause } from '../connection/retry.ts';
import { readMessage } from '../journal/journal-read.ts';
import { ANSWER_MS_MAX, askOnce } from './queries.ts';
import { claimedIn, createWorkClaims } from './work-claims.ts';
import { WORK_ALIVE_MS } from './work-queue.ts';
import { createWorkerIntake, type HeldItem, type WorkerIntake } from './worker-intake.ts';

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
    report: async (item, report, signal, onHeard) => {
      const told = await intakes.tell(item, report, signal);
      if (told !== undefined) return told;
      const answer = await shared.report(item, intakes.asHanded(item, report), signal, onHeard);
      intakes.answered(item, report, answer);

      return answer;
    },
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

type WorkerName = { readonly agent: string; readonly worker: string };
type Source = { readonly link: Link; readonly names: Names };

/** What the workers of this process are handed by engines, beside what they take from the queues of their agents. */
type WorkerIntakes = {
  readonly of: (name: WorkerName) => WorkerIntake;
  /** Where its worker takes items that are handed to it, a hello says so. */
  readonly saying: (hello: Hello) => Hello;
  /** Tells the engine that handed the item; undefined where it did not answer, or nobody handed it. */
  readonly tell: (item: Addressed, report: Report, signal: AbortSignal) => Promise<ReportAnswer | undefined>;
  /** What is not taken yet is told again, and keeps no place from other items meanwhile. */
  readonly answered: (item: Addressed, report: Report, answer: ReportAnswer) => void;
  /** The report as whoever owns the run now has to have it. */
  readonly asHanded: (item: Addressed, report: Report) => Report;
  readonly stopped: (agent: string, attemptKey: string) => void;
  readonly close: () => void;
};

/** So often the queue is looked at by a worker to which engines hand as much as it takes, and for so long. */
const QUEUE_EVERY_MS = 5_000;
const QUEUE_LOOK_MS = 250;
/** What there was no room for is for others, before it is for this worker. */
const REFUSED_MS = 250;

function createWorkerIntakes({ link, names }: Source): WorkerIntakes {
  const intakes = new Map<string, WorkerIntake & WorkerName>();
  const having = new WeakMap<Addressed, { readonly held: HeldItem; readonly intake: WorkerIntake }>();
  const closing = new AbortController();

  function of({ agent, worker }: WorkerName): WorkerIntake {
    const key = `${agent} ${worker}`;
    const known = intakes.get(key);
    if (known !== undefined) return known;
    const onHeld = (held: HeldItem): void => void having.set(held.item, { held, intake });
    const intake = createWorkerIntake({ link, names, agent, worker, onHeld });
    intakes.set(key, { ...intake, agent, worker });
    void pullInto(intake, { link, names, agent, signal: closing.signal });

    return intake;
  }

  const asHanded = (item: Addressed, report: Report): Report =>
    having.get(item)?.held.isHanded === true ? { ...report, handed: true } : report;

  function answered(item: Addressed, { kind }: Report, answer: ReportAnswer): void {
    const { held, intake } = having.get(item) ?? {};
    if (held !== undefined && isEndOfItem(kind)) intake?.ended(held, !answer.ok && answer.next === 'wait');
  }

  return {
    of,
    saying: (hello) => {
      const intake = intakes.get(`${hello.agent} ${hello.worker}`);
      intake?.says(hello);

      return intake === undefined ? hello : { ...hello, items: intake.inbox, handed: intake.handed() };
    },
    tell: async (item, report, signal) => {
      const { held, intake } = having.get(item) ?? {};
      if (held?.engine === undefined || intake === undefined) return undefined;
      const batches = intake.engines.batches(held.engine);
      if (batches === undefined) return undefined;
      const onAnswer = (answer: ReportAnswer): void => answered(item, report, answer);

      return untilAborted(signal, batches.tell(held.id, asHanded(item, report), onAnswer));
    },
    answered,
    asHanded,
    stopped: (agent, key) => {
      for (const intake of intakes.values()) if (intake.agent === agent) intake.stopped(key);
    },
    close: () => {
      closing.abort();
      for (const intake of intakes.values()) intake.close();
    },
  };
}

/** Items of the queue, from engines that hand none to the worker, and of those that have not heard of it yet. */
async function pullInto(
  intake: WorkerIntake,
  { link, names, agent, signal }: Source & { readonly agent: string; readonly signal: AbortSignal },
): Promise<void> {
  const pull = async (waitMs: number): Promise<void> => {
    const consumer = { stream: names.workStream, consumer: names.workConsumer(agent) };
    const options = {
      ...consumer,
      signal,
      untilMs: performance.now() + waitMs,
      room: async () => Number(intake.hasRoom()),
    };
    for await (const message of pullMessages(link, options)) {
      const claimed = claimedIn(link, agent, message);
      if (claimed === undefined || intake.give(claimed)) continue;
      void claimed.giveBack(REFUSED_MS);
      return;
    }
  };
  while (!signal.aborted) {
    const isWanted = await untilAborted(signal, firstOf(intake)).catch(() => false);
    if (signal.aborted) return;
    if (isWanted) await pullWanted(intake, () => pull(QUEUE_EVERY_MS));
    else await lookOnce(intake, () => pull(QUEUE_LOOK_MS), signal);
  }
}

async function pullWanted(intake: WorkerIntake, pull: () => Promise<void>): Promise<void> {
  await pull();
  // It is asked for an item all the same while the room is kept for what the worker has.
  if (!intake.hasRoom()) await delay(REFUSED_MS, undefined, { ref: false });
}

/** Whether somebody waits for an item, as soon as that is so; false where nobody did for a while. */
async function firstOf(intake: WorkerIntake): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, QUEUE_EVERY_MS, false).unref();
  });

  return Promise.race([intake.whenWanted().then(() => true), late]).finally(() => clearTimeout(timer));
}

async function lookOnce(intake: WorkerIntake, pull: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const release = await untilAborted(signal, intake.reserve()).catch(() => undefined);
  if (release === undefined) return;
  try {
    await pull();
  } finally {
    release();
  }
}
