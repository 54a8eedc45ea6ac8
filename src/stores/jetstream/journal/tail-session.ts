import { ClosedConnectionError, type Msg, nuid } from '@nats-io/transport-node';
import { type AsyncQueue, createAsyncQueue } from '../../../lib/async-queue.ts';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import { ApiRefusal } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';
import { isPassing, PATIENCE_MS, pause, unavailable } from '../connection/retry.ts';
import type { StoredMessage } from '../connection/stored-message.ts';
import { isOnCluster, STREAM_NOT_FOUND, type StreamInfo } from '../connection/streams.ts';
import { restBehind, restOfEach, type Stalled, type TailItem } from './unsent-messages.ts';

/** Which replica a consumer is put on is chance: so many tries are nothing unusual, and the pause grows slowly. */
const misplacedUsual = 4;

export type TailFrom =
  | { readonly kind: 'position'; readonly seq: number }
  /** Starts at the first message stored at this time or later. */
  | { readonly kind: 'time'; readonly atMs: number }
  | { readonly kind: 'last-of-each' };

export type TailOptions = {
  readonly stream: string;
  readonly filter: string;
  readonly from: TailFrom;
  readonly signal?: AbortSignal | undefined;
  /** Begins with everything that was acknowledged by now. Without it a message may come a little later. */
  readonly current?: boolean;
  /** Gives up when nothing arrives for 30 s although the stream is asked again and again; else never. */
  readonly givesUp: boolean;
  /** Brings the stream back when it is missing. Without it a missing stream is an error. */
  readonly restore?: () => Promise<unknown>;
};

/** The consumer is gone or lost something. The reaction: open another one. */
class TailBroken extends Error {
  override readonly name = 'TailBroken';
}

/** The consumer is not where it was wanted. The reaction: open another one. */
class TailMisplaced extends TailBroken {}

const ABANDONED_MS = 30_000;

const NANOS = 1_000_000;

/** How often a server that has nothing to send says that it is still there, and how much it has sent. */
const HEARTBEAT_MS = 1_000;

/** Two signs of life were missed. */
const SILENCE_MS_MAX = 12_500;

/**
 * Reads until a consumer breaks (throws), the signal aborts (ends) or the iteration is left. A consumer that stands
 * still before everything was told has met a message that the server cannot read: what is left is read one by one, and
 * another consumer goes on behind that.
 */
async function* openTailSession(link: Link, options: TailOptions): AsyncGenerator<TailItem, void, undefined> {
  const stalled = yield* consume(link, options, { isFirst: true });
  if (stalled === undefined) return;
  const place = { stream: options.stream, subject: options.filter };
  const isOfEach = options.from.kind === 'last-of-each';
  const upTo = yield* isOfEach ? restOfEach(link, place, stalled) : restBehind(link, place, stalled);
  yield { kind: 'caught-up' };
  yield* consume(link, { ...options, from: { kind: 'position', seq: upTo + 1 } }, { isFirst: false });
}

/** What one consumer sends. Resolves with how far it came when it stands still, with undefined when it ended. */
async function* consume(
  link: Link,
  { stream, filter, from, signal, current = false }: TailOptions,
  { isFirst }: { readonly isFirst: boolean },
): AsyncGenerator<TailItem, Stalled | undefined, undefined> {
  if (link.connection.isClosed()) throw new ClosedConnectionError();
  if (!link.isUp()) throw new TailBroken('the connection is down');

  const name = `workflow_${nuid.next()}`;
  const deliver = link.inbox();
  const inflow = createInflow(link, deliver);
  inflow.endWith(signal);

  try {
    const leader = current ? await leaderOf(link, stream) : undefined;
    const consumer = await link.api<ConsumerInfo>(`CONSUMER.CREATE.${stream}.${name}.${filter}`, {
      stream_name: stream,
      config: consumerConfig({ name, deliver, filter, from }),
    });
    // A cluster puts it on a replica by chance, which may be behind. The leader's has all that was acknowledged.
    if (leader !== undefined && consumer.cluster?.leader !== leader)
      throw new TailMisplaced('the consumer is not with the leader');
    if (!isFirst) return yield* messages(link, inflow.items(), { pending: 0, lastSeq: 0, ofEach: false });

    yield { kind: 'start' };
    const { num_pending: pending, delivered } = consumer;
    if (pending === 0) yield { kind: 'caught-up' };
    const ofEach = from.kind === 'last-of-each';
    const lastSeq = from.kind === 'position' ? from.seq - 1 : (delivered?.stream_seq ?? 0);
    return yield* messages(link, inflow.items(), { pending, lastSeq, ofEach });
  } finally {
    inflow.close();
    // Nobody waits for this: a consumer that nobody listens to is removed by the server after a while anyway.
    link.api(`CONSUMER.DELETE.${stream}.${name}`, {}).catch(() => undefined);
  }
}

/** What a server sends to a subject. Fails once nothing can come any more, until it is closed. */
type Inflow = Pick<AsyncQueue<Msg>, 'items'> & {
  /** Ends the iteration, whatever waits, when the signal aborts. */
  endWith(signal: AbortSignal | undefined): void;
  close(): void;
};

function createInflow(link: Link, subject: string): Inflow {
  const queue = createAsyncQueue<Msg>();
  const closed = new AbortController();
  let activeAt = performance.now();
  const subscription = link.connection.subscribe(subject, {
    callback: (error, message) => {
      activeAt = performance.now();
      if (error !== null) queue.fail(error);
      else queue.push(message);
    },
  });
  const stopListening = link.onDown(() => queue.fail(new TailBroken('the connection broke')));
  const watchdog = setInterval(() => {
    if (performance.now() - activeAt > SILENCE_MS_MAX) queue.fail(new TailBroken('the consumer fell silent'));
  }, HEARTBEAT_MS);
  watchdog.unref();
  // Whoever closes the connection ends all subscriptions, and nothing else tells it.
  void subscription.closed.then(() => queue.fail(new TailBroken('the connection was closed')));

  return {
    items: queue.items,
    endWith: (signal) => {
      if (isAborted(signal)) queue.end();
      signal?.addEventListener('abort', queue.end, { signal: closed.signal });
    },
    close: () => {
      clearInterval(watchdog);
      stopListening();
      subscription.unsubscribe();
      closed.abort();
    },
  };
}

type ConsumerInfo = {
  readonly num_pending: number;
  readonly cluster?: { readonly leader?: string };
  /** Where it begins: behind this position. */
  readonly delivered?: { readonly stream_seq: number };
};

/** Undefined on a server that is in no cluster. */
async function leaderOf(link: Link, stream: string): Promise<string | undefined> {
  const { cluster } = await link.api<StreamInfo>(`STREAM.INFO.${stream}`, {});

  return isOnCluster(cluster) ? cluster?.leader : undefined;
}

function consumerConfig(options: {
  readonly name: string;
  readonly deliver: string;
  readonly filter: string;
  readonly from: TailFrom;
}): object {
  return {
    name: options.name,
    deliver_subject: options.deliver,
    filter_subject: options.filter,
    ...deliverPolicy(options.from),
    ack_policy: 'none',
    max_deliver: 1,
    flow_control: true,
    idle_heartbeat: HEARTBEAT_MS * NANOS,
    inactive_threshold: ABANDONED_MS * NANOS,
    mem_storage: true,
    num_replicas: 1,
  };
}

function deliverPolicy(from: TailFrom): object {
  switch (from.kind) {
    case 'position':
      return { deliver_policy: 'by_start_sequence', opt_start_seq: Math.max(from.seq, 1) };
    case 'time':
      return { deliver_policy: 'by_start_time', opt_start_time: new Date(from.atMs).toISOString() };
    case 'last-of-each':
      return { deliver_policy: 'last_per_subject' };
  }
}

/**
 * Passes the messages on while their delivery numbers follow each other, and answers the server's flow control.
 * Resolves when the server says that it has sent all while not all were sent that it counted.
 */
async function* messages(
  link: Link,
  items: AsyncIterable<Msg>,
  {
    pending,
    lastSeq,
    ofEach,
  }: { readonly pending: number; readonly lastSeq: number; readonly ofEach: boolean },
): AsyncGenerator<TailItem, Stalled | undefined, undefined> {
  const told = new Set<string>();
  let delivered = 0;
  let last = lastSeq;
  for await (const message of items) {
    if (message.headers?.code === 100) {
      answerStatus(link, message, delivered);
      if (delivered < pending && isIdle(message)) return { told, lastSeq: last };
      continue;
    }
    const { streamSeq, deliverySeq, storedAtMs } = readPlace(message);
    if (deliverySeq !== delivered + 1) throw new TailBroken(`delivery ${delivered + 1} is missing`);
    delivered = deliverySeq;
    last = streamSeq;
    if (ofEach && delivered <= pending) told.add(message.subject);
    yield { kind: 'message', message: storedMessage(message, { seq: streamSeq, storedAtMs }) };
    if (delivered === pending) yield { kind: 'caught-up' };
  }

  return undefined;
}

/** Read when they are asked for: most readers look at the body alone. */
function storedMessage(message: Msg, place: Pick<StoredMessage, 'seq' | 'storedAtMs'>): StoredMessage {
  return {
    ...place,
    subject: message.subject,
    get body() {
      return message.string();
    },
    data: message.data,
    get headers() {
      return String(message.headers ?? '');
    },
  };
}

function answerStatus(link: Link, message: Msg, delivered: number): void {
  const stalled = message.headers?.get('Nats-Consumer-Stalled') ?? '';
  const flow = stalled === '' ? message.reply : stalled;
  if (flow !== undefined && flow !== '' && link.isUp()) link.connection.publish(flow);

  const sent = Number(message.headers?.get('Nats-Last-Consumer') ?? '');
  if (sent > delivered) throw new TailBroken(`deliveries ${delivered + 1} to ${sent} are missing`);
}

/** A heartbeat of a consumer that waits for nobody: it has sent what it found. */
function isIdle({ headers }: Msg): boolean {
  return headers?.has('Nats-Last-Consumer') === true && !headers.has('Nats-Consumer-Stalled');
}

/** The place of a message is told by its reply subject, which has two more tokens in front when there are domains. */
function readPlace(message: Msg): {
  readonly streamSeq: number;
  readonly deliverySeq: number;
  readonly storedAtMs: number;
} {
  const tokens = message.reply?.split('.') ?? [];
  const offset = tokens.length >= 11 ? 2 : 0;

  const [streamSeq, deliverySeq, storedAtNanos] = tokens.slice(5 + offset).map(Number) as [
    number,
    number,
    number,
  ];

  return { streamSeq, deliverySeq, storedAtMs: Math.floor(storedAtNanos / NANOS) };
}

type Progress = { readonly options: TailOptions; readonly aliveAt: number; readonly attempt: number };

/**
 * The messages of a stream in order, and those that follow, through a consumer of the server that lives as long as
 * the iteration. When the consumer breaks (reconnect, restart of the server, a gap), another one takes over: after
 * the last message for a tail from a position or a time, at the beginning for the last message of each subject.
 */
export async function* tail(link: Link, options: TailOptions): AsyncGenerator<TailItem, void, undefined> {
  let progress: Progress = { options, aliveAt: performance.now(), attempt: 0 };
  while (!isAborted(options.signal)) {
    try {
      for await (const item of openTailSession(link, progress.options)) {
        progress = after(progress.options, item);
        yield item;
      }
    } catch (error) {
      if (isAborted(options.signal)) return;
      if (!(await restored(options, error))) refuseToGoOn(link, progress, error);
      await pause(error instanceof TailMisplaced ? progress.attempt / misplacedUsual : progress.attempt);
      progress = { ...progress, attempt: progress.attempt + 1 };
    }
  }
}

function after(options: TailOptions, item: TailItem): Progress {
  const goesOn = item.kind === 'message' && options.from.kind !== 'last-of-each';
  const next = goesOn
    ? { ...options, from: { kind: 'position', seq: item.message.seq + 1 } as const }
    : options;

  return { options: next, aliveAt: performance.now(), attempt: 0 };
}

async function restored({ restore }: TailOptions, error: unknown): Promise<boolean> {
  if (restore === undefined || !(error instanceof ApiRefusal) || error.errCode !== STREAM_NOT_FOUND)
    return false;
  // Whether this works shows when the stream is read again.
  await restore().catch(() => undefined);

  return true;
}

function refuseToGoOn(link: Link, { options, aliveAt }: Progress, error: unknown): void {
  const mayPass = error instanceof TailBroken || isPassing(error);
  const mayWait = !options.givesUp || performance.now() - aliveAt < PATIENCE_MS;
  if (!mayPass || !mayWait) throw unavailable(error, link.lastProblem());
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** Who follows something: told when everything that was there has been told, and until when to follow. */
export type Told = { readonly onCaughtUp: () => void; readonly signal: AbortSignal };

/**
 * Follows until the signal aborts; resolves when everything that was there has been told. Rejects with
 * JournalUnavailable when that cannot be read for 30 s; `what` names it.
 */
export async function followUntilTold(
  what: string,
  signal: AbortSignal,
  follow: (told: Told) => Promise<void>,
): Promise<{ readonly ended: Promise<void> }> {
  let onCaughtUp: () => void = () => undefined;
  const caughtUp = new Promise<void>((resolve) => {
    onCaughtUp = resolve;
  });
  const late = new AbortController();
  const ended = follow({ onCaughtUp, signal: AbortSignal.any([signal, late.signal]) });
  // From here on the iteration only ends by the signal; a caller that does not wait for it must not be hit by it.
  ended.catch(() => undefined);
  const timer = setTimeout(() => late.abort(), PATIENCE_MS);
  try {
    await Promise.race([caughtUp, ended]);
  } finally {
    clearTimeout(timer);
  }
  if (late.signal.aborted) {
    throw new JournalUnavailable(
      `${what} could not be read for ${PATIENCE_MS / 1000} s; run \`workflow doctor\``,
    );
  }

  return { ended };
}
