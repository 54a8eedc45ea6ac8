import type { Msg } from '@nats-io/transport-node';
import { createAsyncQueue } from '../../../lib/async-queue.ts';
import { messageOf } from '../../../lib/text.ts';
import { BackupRefused, type CopiedStream, type StreamCopies } from '../../../ports/backup.ts';
import { dial, type Login } from './dial.ts';
import { refusedByServer } from './jetstream-errors.ts';
import { createLink, type Link } from './link.ts';
import { type Names, namesOf } from './names.ts';
import { rightsOf } from './permissions.ts';
import { streamNames } from './stream-health.ts';
import { streamInfo, subjectsIn } from './streams.ts';

const PART_BYTES = 128 * 1024;
/** A server that sends a stream, or takes one, is silent for less. */
const SILENT_MS_MAX = 60_000;
/** Before the first part and after the last one the server reads all of the stream. */
const READ_MS_MAX = 600_000;
/** What the server says in place of a part when it gives up. */
const FAILED = 400;

type Taken = { readonly config: CopiedStream['config']; readonly state: CopiedStream['state'] };

/**
 * Connects without making any stream. Rejects with NatsUnreachable, NatsTooOld or RefusedByServer. The parts are those
 * of JetStream's API (STREAM.SNAPSHOT, STREAM.RESTORE), as `nats stream backup` has them.
 */
export async function openStreamCopies(options: {
  readonly url: string;
  readonly login?: Login | undefined;
  readonly namespace: string;
}): Promise<StreamCopies> {
  const names = namesOf(options.namespace);
  const { connection, inboxPrefix, user } = await dial({ ...options, name: 'backup' });
  const link = createLink(connection, { inboxPrefix, user, rights: await rightsOf(connection, names) });
  const told = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      throw refusedByServer(user, error) ?? error;
    }
  };

  return {
    streams: () => told(existing(link, names)),
    isServed: async () => (await subjectsIn(link, `KV_${names.leasesBucket}`, '>')).length > 0,
    copy: (stream, onPart) => told(copy(link, stream, onPart)),
    restore: (copied, parts, replicas) => told(restore(link, copied, { parts, replicas })),
    remove: async (stream) => {
      await link.api(`STREAM.DELETE.${stream}`, {});
    },
    close: () => connection.close(),
  };
}

/**
 * What only says how far something has come is copied before the journal, so that it is never ahead of it: what was
 * done meanwhile is done again, and finds its runs there. Secrets too, which are removed when a run ends. What the
 * journal names is stored before it, and copied after it: blobs, keys, and events, whose positions nothing may have
 * twice.
 * Leases end by themselves, and engines make queues and consumers anew.
 */
async function existing(link: Link, names: Names): Promise<ReadonlyMap<string, number>> {
  const named = [names.blobsBucket, names.keysBucket].flatMap(bucketStreams);
  const last = [names.journalStream, ...named, names.eventsStream];
  const left = [names.workStream, ...bucketStreams(names.leasesBucket)];
  const first = streamNames(names).filter((stream) => ![...last, ...left].includes(stream));
  const found = new Map<string, number>();
  for (const stream of [...first, ...last]) {
    const info = await streamInfo(link, stream);
    if (info !== undefined) found.set(stream, info.state.messages ?? 0);
  }

  return found;
}

function bucketStreams(bucket: string): readonly string[] {
  return [`KV_${bucket}`, `OBJ_${bucket}`];
}

async function copy(
  link: Link,
  stream: string,
  onPart: (part: Uint8Array) => Promise<void>,
): Promise<CopiedStream> {
  const inbox = link.inbox();
  const parts = createAsyncQueue<Msg>();
  const subscription = link.connection.subscribe(inbox, {
    callback: (error, message) => (error === null ? parts.push(message) : parts.fail(error)),
  });
  const broken = link.onDown(() => parts.fail(new Error('the connection broke')));
  let silent: NodeJS.Timeout | undefined;
  try {
    const asked = { deliver_subject: inbox, chunk_size: PART_BYTES, no_consumers: true, jsck: true };
    const { config, state } = await link.api<Taken>(`STREAM.SNAPSHOT.${stream}`, asked, READ_MS_MAX);
    silent = waitFor(parts.fail);
    for await (const message of parts.items()) {
      clearTimeout(silent);
      if ((message.headers?.code ?? 0) >= FAILED) throw new Error(message.headers?.description);
      if (message.data.length === 0) return { stream, config, state };
      await onPart(message.data);
      // The server sends the next ones once these are safe.
      message.respond();
      silent = waitFor(parts.fail);
    }
    throw new Error('it ended too early');
  } catch (cause) {
    const message = `the stream ${stream} cannot be copied: ${messageOf(cause)}`;
    throw new BackupRefused('backup.unreadable', message, { cause, fix: 'workflow doctor' });
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
  try {
    const asked = { config: { ...config, num_replicas: replicas }, state };
    const { deliver_subject: subject } = await link.api<{ readonly deliver_subject: string }>(
      `STREAM.RESTORE.${stream}`,
      asked,
    );
    const send = async (part: Uint8Array, timeout = SILENT_MS_MAX): Promise<string> =>
      (await link.connection.request(subject, part, { timeout })).string();
    for await (const part of parts) {
      const answer = await send(part);
      if (answer !== '') throw new Error(answer);
    }
    const { error } = JSON.parse(await send(new Uint8Array(), READ_MS_MAX)) as {
      error?: { description?: string };
    };
    if (error !== undefined) throw new Error(error.description);
  } catch (cause) {
    throw new BackupRefused(
      'backup.refused',
      `the stream ${stream} cannot be restored: ${messageOf(cause)}`,
      { cause },
    );
  }
  const found = await streamInfo(link, stream);
  const has = found?.state.last_seq ?? 0;
  if (has >= state.last_seq) return;

  throw new BackupRefused(
    'backup.incomplete',
    `${stream} was restored up to ${has}, and the copy had ${state.last_seq}`,
  );
}
