import { setTimeout as delay } from 'node:timers/promises';
import {
  attemptKeyOf,
  protocolVersion,
  reportOfText,
  type StopNotice,
  type WorkItem,
} from '../../../../events/worker-protocol.ts';
import { shardOf } from '../../../../machines/shard.ts';
import { tokenText } from '../../../lib/text.ts';
import type { Presence, WorkDepth } from '../../../ports/work/agent-admin.ts';
import { WorkItemTooLarge, type WorkQueue, WorkQueueUnavailable } from '../../../ports/work/work-queue.ts';
import { ApiRefusal } from '../connection/jetstream-errors.ts';
import { createLazyStream, type LazyStream } from '../connection/lazy-stream.ts';
import { type Link, readPublishAnswer } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { ensurePullConsumer } from '../connection/pull-queue.ts';
import { patiently } from '../connection/retry.ts';
import { firstAfter, type StoredMessage } from '../connection/stored-message.ts';
import { STREAM_NOT_FOUND, type StreamSettings, streamInfo } from '../connection/streams.ts';
import { answerQuestions } from './queries.ts';
import { createWorkerDispatch } from './worker-dispatch.ts';

/** The time without a heartbeat after which the queue gives an item to another worker. */
export const WORK_ALIVE_MS = 10_000;

/** The time for which a consumer is assumed to be right: somebody may delete it, a server forget what it holds. */
const BELIEVED_MS = 10_000;

/** The most workers that may wait for an item of one agent at a time. */
const WAITING_MAX = 10_000;

/** An item that is done is taken out of the stream within this time. */
const REMOVED_MS_MAX = 1_500;

/** Of more forgotten items than these the others are found the next time. */
const FORGOTTEN_MAX = 1_000;

/** More agents than these are not counted. */
const PAGES_MAX = 100;

const SECOND_NANOS = 1_000_000_000;

type Source = {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
  readonly presence: Presence;
  /** The time without a heartbeat after which the queue gives an item to another worker. */
  readonly aliveMs: number;
};

type Queue = {
  readonly link: Link;
  readonly names: Names;
  readonly stream: LazyStream;
  readonly consumers: WorkConsumers;
};

const PUBLISH_TIMEOUT_MS = 2_000;

const TOO_LARGE = 10054;

/** The code of all that the store refuses; only the text says that the subject has its one message. */
const STORE_FAILED = 10077;

const IS_THERE = /maximum messages per subject/;

/** Attempts as messages of a work-queue stream, one subject each; reports as requests of workers. */
export function createJetStreamWorkQueue(source: Source): WorkQueue {
  const { link, names, presence } = source;
  const stream = createWorkStream(source);
  const consumers = createWorkConsumers(source);
  const follow = createFollowing(presence, (agent) => stream.use(() => consumers.ensure(agent)));
  const queue = { link, names, stream, consumers };
  const dispatch = createWorkerDispatch({
    ...source,
    // What does not get there is offered again.
    toQueue: (item) => void put(queue, item, JSON.stringify(item)).catch(() => undefined),
  });

  return {
    offer: async (offered) => {
      const item = { ...offered, reportTo: names.reportSubject(offered.agent, shardOf(offered.run)) };
      const body = JSON.stringify(item);
      refuseTooLarge(attemptKeyOf(item), body, link.connection.info?.max_payload);
      if (!dispatch.offer(item)) await put(queue, item, body);
    },
    withdraw: async ({ agent, attemptKey, reason }) => {
      dispatch.withdraw(agent, attemptKey, reason !== undefined);
      if (!link.isUp()) return;
      if (reason !== undefined) {
        const notice: StopNotice = { protocol: protocolVersion, attemptKey, reason };
        link.connection.publish(names.stopSubject(agent), JSON.stringify(notice));
      }
      try {
        await link.api(`STREAM.PURGE.${names.workStream}`, { filter: names.workSubject(agent, attemptKey) });
      } catch {
        // Whoever finds it is told by the engine that it is over.
      }
    },
    serve: async (shard, handler) => {
      const ends = [follow(), dispatch.serve(shard, handler)];
      const end = (): void => {
        for (const each of ends) each();
      };
      const stop = await answerQuestions(link, names.reportSubjectsOf(shard), (report) =>
        handler(names.reporterOf(report.subject), reportOfText(report.string())),
      ).catch((error: unknown) => {
        end();
        throw error;
      });

      return async () => {
        end();
        await stop();
      };
    },
  };
}

/** While reports are served, each agent that is heard of gets its consumer: its workers wait for one. */
function createFollowing(presence: Presence, ensure: (agent: string) => Promise<void>): () => () => void {
  let servings = 0;
  let stop = (): void => {};

  return () => {
    if (servings++ === 0) {
      // Workers that find none go on asking, and say that they are there again and again.
      stop = presence.onHello(({ agent }) => void ensure(agent).catch(() => undefined));
    }

    return () => {
      if (--servings === 0) stop();
    };
  };
}

/** The client does not even send more than the server takes. */
function refuseTooLarge(attempt: string, body: string, bytesMax = Number.POSITIVE_INFINITY): void {
  const bytes = Buffer.byteLength(body);
  if (bytes > bytesMax) throw new WorkItemTooLarge(attempt, bytes, bytesMax);
}

async function put(queue: Queue, item: WorkItem, body: string): Promise<void> {
  const { agent } = item;
  const attempt = attemptKeyOf(item);
  const { link, names, stream, consumers } = queue;
  const isTaken = await stream.use(async () => {
    try {
      await consumers.ensure(agent);

      return await publishOnce(link, names.workSubject(agent, attempt), body);
    } catch (error) {
      // The stream may have been taken away, and its consumers with it.
      consumers.doubt();
      throw error;
    }
  });
  if (isTaken) return;
  const info = await stream.use(() => streamInfo(link, names.workStream));

  throw new WorkItemTooLarge(attempt, Buffer.byteLength(body), info?.config.max_msg_size ?? 0);
}

/** False when it is too large for the stream. */
async function publishOnce(link: Link, subject: string, body: string): Promise<boolean> {
  const answer = readPublishAnswer(
    await link.connection.request(subject, body, { timeout: PUBLISH_TIMEOUT_MS }),
  );
  if (answer.kind === 'ack') return true;
  if (answer.kind === 'lost') throw new ApiRefusal({ code: 503, description: answer.reason });
  const { status: code, errCode: err_code, description } = answer;
  if (err_code === TOO_LARGE) return false;
  if (err_code === STORE_FAILED && IS_THERE.test(description)) return true;

  throw new ApiRefusal({ code, err_code, description });
}

/** The stream that holds the attempts of all agents until they are done. It is made when the first one is offered. */
function createWorkStream(source: {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
}): LazyStream {
  return createLazyStream({
    link: source.link,
    settings: workSettings(source.names, source.replicas),
    giveUp: (reason, cause) =>
      new WorkQueueUnavailable(`the queue of work does not answer: ${reason}; run \`workflow doctor\``, {
        cause,
      }),
  });
}

/** One message an attempt: who offers it again is refused, and whoever takes it out makes place for it again. */
function workSettings(names: Names, replicas: number): StreamSettings {
  return {
    name: names.workStream,
    subjects: [names.workSubjects],
    storage: 'file',
    retention: 'workqueue',
    discard: 'new',
    discard_new_per_subject: true,
    max_age: 0,
    max_msgs: -1,
    max_msgs_per_subject: 1,
    // An attempt that is over is purged.
    deny_purge: false,
    allow_rollup_hdrs: false,
    // Message ids are never sent, so there is nothing to remember.
    duplicate_window: SECOND_NANOS,
    num_replicas: replicas,
  };
}

type Page = {
  readonly total?: number;
  readonly consumers?: readonly {
    readonly name: string;
    readonly num_pending?: number;
    readonly num_ack_pending?: number;
  }[];
};

/** How much of the work of each agent waits in its queue, and how much of it a worker has. */
export async function workDepths(link: Link, names: Names): Promise<ReadonlyMap<string, WorkDepth>> {
  const depths = new Map<string, WorkDepth>();
  try {
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const { total = 0, consumers } = await link.api<Page>(`CONSUMER.LIST.${names.workStream}`, {
        offset: depths.size,
      });
      for (const { name, num_pending: waiting = 0, num_ack_pending: taken = 0 } of consumers ?? [])
        depths.set(tokenText(name), { waiting, taken });
      if (depths.size >= total || (consumers ?? []).length === 0) break;
    }
  } catch (error) {
    // Nothing was ever offered.
    if (!(error instanceof ApiRefusal) || error.errCode !== STREAM_NOT_FOUND) throw error;
  }

  return depths;
}

/** Makes sure that the workers of an agent have what they take their items from. */
type WorkConsumers = {
  /** Rejects as JetStream's API does: also while the stream is not there. */
  ensure(agent: string): Promise<void>;
  /** Something is wrong: believes nothing any more. */
  doubt(): void;
};

/** One durable consumer for each agent, which its workers share. */
function createWorkConsumers(source: {
  readonly link: Link;
  readonly names: Names;
  /** The time without a heartbeat after which the queue gives an item to another worker. */
  readonly aliveMs: number;
}): WorkConsumers {
  const { link } = source;
  const known = new Map<string, { readonly made: Promise<void>; readonly atMs: number }>();
  const doubt = (): void => known.clear();
  link.onUp(doubt);

  return {
    ensure: async (agent) => {
      const before = known.get(agent);
      if (before !== undefined && performance.now() - before.atMs < BELIEVED_MS) return before.made;
      const made = create(source, agent);
      known.set(agent, { made, atMs: performance.now() });
      try {
        await made;
      } catch (error) {
        doubt();
        throw error;
      }
    },
    doubt,
  };
}

async function create(
  source: { readonly link: Link; readonly names: Names; readonly aliveMs: number },
  agent: string,
): Promise<void> {
  const { link, names, aliveMs } = source;
  const consumer = {
    stream: names.workStream,
    name: names.workConsumer(agent),
    filter: names.workSubjectsOf(agent),
    aliveMs,
    settings: { deliver_policy: 'all', max_waiting: WAITING_MAX },
  };
  const doneTo = await ensurePullConsumer(link, consumer);
  const { stream, filter: subject } = consumer;
  // Nobody who offers waits for it, and what cannot be looked at now is looked at again.
  void offerForgotten(link, { stream, subject, doneTo }).catch(() => undefined);
}

/**
 * What is done is taken out of the stream. A server that was killed may count as done what it never gave anybody
 * (nats-server 2.15.1), and would keep it for ever: such an item is put behind the others once more. What workers hold
 * is not touched by that.
 */
async function offerForgotten(
  link: Link,
  { stream, subject, doneTo }: { readonly stream: string; readonly subject: string; readonly doneTo: number },
): Promise<void> {
  const suspects: StoredMessage[] = [];
  for (let after = 0; suspects.length < FORGOTTEN_MAX; ) {
    const found = await firstAfter(link, { stream, subject, after });
    if (found === undefined || found.seq > doneTo) break;
    suspects.push(found);
    after = found.seq;
  }
  if (suspects.length === 0) return;
  // On a cluster an item may be counted as done a moment before it is taken out.
  await delay(REMOVED_MS_MAX, undefined, { ref: false });
  for (const { subject: filter, seq, body } of suspects) {
    const upTo = { filter, seq: seq + 1 };
    const { purged } = await patiently(link, () =>
      link.api<{ readonly purged: number }>(`STREAM.PURGE.${stream}`, upTo),
    );
    // Of several engines that see it, one has taken it out: only that one puts it back.
    if (purged > 0) await patiently(link, () => publishOnce(link, filter, body));
  }
}
