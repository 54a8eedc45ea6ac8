import { setTimeout as delay } from 'node:timers/promises';
import type { Msg } from '@nats-io/transport-node';
import { createAsyncQueue } from '../../../lib/async-queue.ts';
import { messageOf } from '../../../lib/text.ts';
import {
  BackupRefused,
  type CopiedStream,
  type Fence,
  type FoundStream,
  type StreamCopies,
} from '../../../ports/backup.ts';
import { findJournal } from '../generations/find-journal.ts';
import { closedBy, generationIn } from '../generations/generation-state.ts';
import { whenSettled } from '../generations/journal-link.ts';
import { dial, type Login } from './dial.ts';
import { fenced, fenceIn, metadataOf, unfenced } from './fence.ts';
import { ApiRefusal, refusedByServer } from './jetstream-errors.ts';
import { createLink, type Link } from './link.ts';
import { type Names, namesOf } from './names.ts';
import { rightsOf } from './permissions.ts';
import { ensurePullConsumer } from './pull-queue.ts';
import { patiently } from './retry.ts';
import { streamNames } from './stream-health.ts';
import { STREAM_NOT_FOUND, type StreamInfo, streamInfo, subjectsIn } from './streams.ts';

const PART_BYTES = 128 * 1024;
/** A server that sends a stream, or takes one, is silent for less. */
const SILENT_MS_MAX = 60_000;
/** Before the first part and after the last one the server reads all of the stream. */
const READ_MS_MAX = 600_000;
/** There is no such consumer, or no stream that it could be of. */
const NOT_FOUND = 404;
/** What the server says in place of a part when it gives up. */
const FAILED = 400;

/** What a stream says of itself until its restore is complete: one that was killed has left it. */
const RESTORED = 'workflow-restored';

const FENCE_TRIES_MAX = 5;
/** Longer than what is read of a stream is used to change it. */
const FENCE_SURE_MS = 2_000;

type Taken = { readonly config: CopiedStream['config']; readonly state: CopiedStream['state'] };

/**
 * Connects without making any stream. Rejects with NatsUnreachable, NatsTooOld or RefusedByServer, and with
 * BackupRefused for a user who may not make streams. The parts are those of JetStream's API (STREAM.SNAPSHOT,
 * STREAM.RESTORE), as `nats stream backup` has them.
 */
export async function openStreamCopies(options: {
  readonly url: string;
  readonly login?: Login | undefined;
  readonly namespace: string;
}): Promise<StreamCopies> {
  const names = namesOf(options.namespace);
  const { connection, inboxPrefix, user, url } = await dial({ ...options, name: 'backup' });
  const rights = await rightsOf(connection, names);
  if (!rights.mayLead) {
    await connection.close();
    throw new BackupRefused('backup.rights', `the user ${user} may not copy or make streams on ${url}`, {
      fix: 'set NATS_URL to the address of the user "engine" that `workflow nats-config` wrote',
    });
  }
  const link = createLink(connection, { inboxPrefix, user, rights });
  const told = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      throw refusedByServer(user, error) ?? error;
    }
  };

  return {
    isJournal: (stream) => journalStreams(names).includes(stream),
    streams: () => told(existing(link, names)),
    isServed: () => told(isServed(link, names)),
    eventsDoneTo: () => told(eventsDoneTo(link, names)),
    goOnWithEvents: (doneTo) => told(goOnWithEvents(link, names, doneTo)),
    copy: (stream, copying) => told(copy(link, stream, copying)),
    restore: (copied, parts, replicas) => told(restore(link, copied, { parts, replicas })),
    settle: (stream) => told(settle(link, stream)),
    fence: (fence) => told(setFence(link, names, fence)),
    liftFence: () => told(liftFence(link, names)),
    remove: (stream) => told(remove(link, stream)),
    close: () => connection.close(),
  };
}

/**
 * What only says how far something has come is copied before the journal, so that it is never ahead of it: what was
 * done meanwhile is done again, and finds its runs there. Outcomes are the last of these: they say of events that wait
 * in the copy what they have led to since. Secrets too, which are removed when a run ends. What the journal names is
 * stored before it, and copied after it: blobs, keys, and events, whose positions nothing may have twice. Leases end by
 * themselves, and engines make queues, consumers and the lines of concurrency anew: a line from before the journal
 * would give a place twice.
 */
async function existing(link: Link, names: Names): Promise<readonly FoundStream[]> {
  await whenSettled(link, names);
  const last = [
    names.outcomesStream,
    ...journalStreams(names),
    ...[names.blobsBucket, names.keysBucket].flatMap(bucketStreams),
    names.eventsStream,
  ];
  const left = [names.leasesBucket, names.limitsBucket].flatMap(bucketStreams).concat(names.workStream);
  const first = streamNames(names).filter((stream) => ![...last, ...left].includes(stream));
  const found: FoundStream[] = [];
  for (const stream of [...first, ...last, ...left]) {
    const info = await patiently(link, () => streamInfo(link, stream));
    // One that is only being filled is made anew by whoever goes on.
    if (info === undefined || generationIn(info.config)?.phase !== undefined) continue;
    if (info.cluster !== undefined && (info.cluster.leader ?? '') === '')
      throw new BackupRefused('backup.no-leader', `the stream ${stream} has no leader now`, {
        fix: 'workflow doctor',
      });
    const isRestored = RESTORED in metadataOf(info.config);
    found.push({ stream, messages: info.state.messages ?? 0, isCopied: !left.includes(stream), isRestored });
  }

  return found;
}

function bucketStreams(bucket: string): readonly string[] {
  return [`KV_${bucket}`, `OBJ_${bucket}`];
}

async function isServed(link: Link, { leasesBucket }: Names): Promise<boolean> {
  const stream = `KV_${leasesBucket}`;
  if ((await patiently(link, () => streamInfo(link, stream))) === undefined) return false;

  return (await patiently(link, () => subjectsIn(link, stream, '>'))).length > 0;
}

async function eventsDoneTo(link: Link, names: Names): Promise<number | undefined> {
  type Floor = { readonly ack_floor: { readonly stream_seq: number } };
  const consumer = `CONSUMER.INFO.${names.eventsStream}.${names.eventsConsumer}`;
  try {
    const { ack_floor: floor } = await patiently(
      link,
      () => link.api<Floor>(consumer, {}),
      (error) => error as Error,
    );

    return floor.stream_seq;
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}

async function goOnWithEvents(link: Link, names: Names, doneTo: number): Promise<void> {
  await ensurePullConsumer(link, {
    stream: names.eventsStream,
    name: names.eventsConsumer,
    filter: names.eventSubjects,
    // Engines give it theirs.
    aliveMs: SILENT_MS_MAX,
    settings: { deliver_policy: 'by_start_sequence', opt_start_seq: doneTo + 1 },
    action: 'create',
  });
}

/** The journal is in one of them, unless it is being carried over. */
function journalStreams({ journalStream, secondJournalStream }: Names): readonly string[] {
  return [journalStream, secondJournalStream];
}

/** The journal first: without it nothing goes on. Undefined where it is not there. */
async function fencedStreams(link: Link, names: Names): Promise<readonly (string | undefined)[]> {
  const { current } = await patiently(link, () => findJournal(link, names));
  // One that is closed is about to go.
  const isGoing = current !== undefined && closedBy(current.config) !== undefined;
  const staying = isGoing ? (await whenSettled(link, names)).current : current;

  return [staying?.config.name, names.eventsStream];
}

/**
 * A journal that is being carried over may be given settings that were read before the fence was set. So it is looked
 * at once more when nobody can still be at that, and fenced where it is by then.
 */
async function setFence(link: Link, names: Names, fence: Fence): Promise<boolean> {
  const set: StreamInfo['config'][] = [];
  try {
    for (let tries = 0; tries < FENCE_TRIES_MAX; tries++) {
      const before = set.length;
      await fenceEach(link, names, fence, set);
      if (set.length === before) return set.length > 0;
      await delay(FENCE_SURE_MS);
    }
    throw new BackupRefused(
      'backup.refused',
      'the settings of the journal are changed by somebody again and again',
      {
        fix: 'give the same command again',
      },
    );
  } catch (error) {
    // Half a fence would stop the runs here, and nobody would know of it.
    for (const before of set) await update(link, before).catch(() => undefined);
    throw error;
  }
}

async function fenceEach(link: Link, names: Names, fence: Fence, set: StreamInfo['config'][]): Promise<void> {
  for (const stream of await fencedStreams(link, names)) {
    if (stream === undefined)
      throw new BackupRefused('backup.nothing', `the server has no runs of the namespace ${names.namespace}`);
    const info = await patiently(link, () => streamInfo(link, stream));
    if (info === undefined || fenceIn(info.config) !== undefined) continue;
    // Before: the answer may get lost.
    set.push(info.config);
    await update(link, fenced(info.config, fence));
  }
}

function update(link: Link, config: StreamInfo['config']): Promise<unknown> {
  return patiently(link, () => link.api(`STREAM.UPDATE.${config.name}`, config));
}

async function settle(link: Link, stream: string): Promise<void> {
  const info = await patiently(link, () => streamInfo(link, stream));
  if (info === undefined) return;
  const { [RESTORED]: _, ...metadata } = metadataOf(info.config);
  await update(link, { ...info.config, metadata });
}

async function liftFence(link: Link, names: Names): Promise<Fence | undefined> {
  let lifted: Fence | undefined;
  for (const stream of await fencedStreams(link, names)) {
    const info = stream === undefined ? undefined : await patiently(link, () => streamInfo(link, stream));
    const fence = fenceIn(info?.config);
    if (info === undefined || fence === undefined) continue;
    lifted = fence;
    await update(link, unfenced(info.config));
  }

  return lifted;
}

async function remove(link: Link, stream: string): Promise<void> {
  try {
    await link.api(`STREAM.DELETE.${stream}`, {});
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.errCode === STREAM_NOT_FOUND)) throw error;
  }
}

type Copying = Parameters<StreamCopies['copy']>[1];

async function copy(link: Link, stream: string, { isChecked, onPart }: Copying): Promise<CopiedStream> {
  const inbox = link.inbox();
  const parts = createAsyncQueue<Msg>();
  const subscription = link.connection.subscribe(inbox, {
    callback: (error, message) => (error === null ? parts.push(message) : parts.fail(error)),
  });
  const broken = link.onDown(() => parts.fail(new Error('the connection broke')));
  let silent: NodeJS.Timeout | undefined;
  try {
    const asked = { deliver_subject: inbox, chunk_size: PART_BYTES, no_consumers: true, jsck: isChecked };
    const { config, state } = await link.api<Taken>(`STREAM.SNAPSHOT.${stream}`, asked, READ_MS_MAX);
    silent = waitFor(parts.fail);
    for await (const message of parts.items()) {
      clearTimeout(silent);
      const { code: status = 0, description = '' } = message.headers ?? {};
      if (status >= FAILED) throw new ApiRefusal({ code: status, description });
      if (message.data.length === 0) return { stream, config, state };
      await onPart(message.data);
      // The server sends the next ones once these are safe.
      message.respond();
      silent = waitFor(parts.fail);
    }
    throw new Error('it ended too early');
  } catch (cause) {
    const message = `the stream ${stream} cannot be copied: ${messageOf(cause)}`;
    const code = cause instanceof ApiRefusal ? 'backup.unsound' : 'backup.unreadable';
    throw new BackupRefused(code, message, { cause, fix: 'workflow doctor' });
  } finally {
    clearTimeout(silent);
    broken();
    subscription.unsubscribe();
  }
}

function waitFor(fail: (error: Error) => void): NodeJS.Timeout {
  return setTimeout(() => fail(new Error('the server fell silent')), SILENT_MS_MAX);
}

async function restore(
  link: Link,
  { stream, config, state }: CopiedStream,
  { parts, replicas }: { readonly parts: AsyncIterable<Uint8Array>; readonly replicas: number },
): Promise<void> {
  const open = unfenced({ ...config, name: stream });
  const metadata = { ...metadataOf(open), [RESTORED]: 'true' };
  const asked = { config: { ...open, num_replicas: replicas, metadata }, state };
  const has = await send(link, stream, { asked, parts }).catch((cause: unknown) => {
    const message = `the stream ${stream} cannot be restored: ${messageOf(cause)}`;
    throw new BackupRefused('backup.refused', message, { cause });
  });
  // Of others, what is too old by now is gone.
  const isWhole = config['deny_purge'] !== true || (has.messages ?? 0) >= state.messages;
  if (has.last_seq >= state.last_seq && isWhole) return;

  throw new BackupRefused(
    'backup.incomplete',
    `${stream} was restored with ${has.messages} messages up to ${has.last_seq}, and the copy had ${state.messages} up to ${state.last_seq}`,
  );
}

/** Resolves with what the server has of it when it has taken everything. */
async function send(
  link: Link,
  stream: string,
  { asked, parts }: { readonly asked: object; readonly parts: AsyncIterable<Uint8Array> },
): Promise<StreamInfo['state']> {
  type Begun = { readonly deliver_subject: string };
  const { deliver_subject } = await link.api<Begun>(`STREAM.RESTORE.${stream}`, asked, READ_MS_MAX);
  const sendPart = async (part: Uint8Array, timeout = SILENT_MS_MAX): Promise<string> =>
    (await link.connection.request(deliver_subject, part, { timeout })).string();
  for await (const part of parts) {
    const answer = await sendPart(part);
    // It says nothing to a part, or what is wrong with it.
    if (answer !== '') throw new Error(answerIn(answer).error?.description ?? answer);
  }
  const { error, state } = answerIn(await sendPart(new Uint8Array(), READ_MS_MAX));
  if (error !== undefined) throw new Error(error.description);
  if (state === undefined) throw new Error('the server does not say what it has');

  return state;
}

type Answer = { readonly error?: { readonly description?: string }; readonly state?: StreamInfo['state'] };

function answerIn(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return { error: { description: text } };
  }
}
