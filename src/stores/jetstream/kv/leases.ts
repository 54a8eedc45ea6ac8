import {
  headers,
  type MsgHdrs,
  NoRespondersError,
  RequestError,
  TimeoutError,
} from '@nats-io/transport-node';
import { z } from 'zod';
import { onceAtATime } from '../../../lib/once.ts';
import { retryUntilDone } from '../../../lib/retry.ts';
import { messageOf as textOf } from '../../../lib/text.ts';
import type { Holder, Leases, LeaseToken } from '../../../ports/runs/leases.ts';
import { ApiRefusal, MOMENTARY, WRONG_POSITION } from '../connection/jetstream-errors.ts';
import { type PublishResult, readPublishAnswer } from '../connection/link.ts';
import { isPassing, pause } from '../connection/retry.ts';
import { lastOf } from '../connection/stored-message.ts';
import { followUntilTold } from '../journal/tail-session.ts';
import { bucketSubject, isMarker, type WatchedBucket, watchBucket } from './bucket.ts';

const ANSWER_MS_MAX = 2_000;

const HolderText = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('not JSON');

      return z.NEVER;
    }
  })
  .pipe(
    z.object({
      node: z.string(),
      host: z.string(),
      pid: z.int(),
      release: z.string().optional(),
      understands: z.array(z.string()).optional(),
      goesByDrafts: z.boolean().optional(),
    }),
  );
const KEY = /^(?=.{1,64}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

type Context = WatchedBucket & { readonly ttlMs: number };

/**
 * Leases as keys of a KV bucket that expire. Written message by message: the KV client's `update`, and its
 * `create` of a key that expired before, leave the time to live out, and such a lease would never end.
 */
export function createJetStreamLeases(context: WatchedBucket & { readonly ttlMs: number }): Leases {
  const { ttlMs } = context;

  return {
    ttlMs,
    claim: (key, holder) => claim(context, key, holder),
    renew: (key, holder, token) => write(context, key, { after: token, holder }),
    release: async (key, token) => {
      await write(context, key, { after: token, holder: undefined });
    },
    evict: (key, holder) => evict(context, key, holder),
    // A node that finds all shards taken asks for each of them at once: one reading answers them all.
    holders: onceAtATime(() => readHolders(context)),
    watch: async (onChange, signal) => {
      await followLeases(context, onChange, signal);
    },
  };
}

async function claim(context: Context, key: string, holder: Holder): Promise<LeaseToken | undefined> {
  const token = await write(context, key, { after: 0, holder });
  if (token !== undefined) return token;

  const { link, bucket } = context;
  const last = await lastOf(link, { stream: `KV_${bucket}`, subject: leaseSubject(bucket, key) });
  if (last === undefined) return undefined;
  // Our own node's lease is taken over too: the answer to its last write was lost, and with it the token.
  if (!isMarker(last.headers) && readHolder(last.body).node !== holder.node) return undefined;

  return write(context, key, { after: last.seq, holder });
}

async function evict(context: Context, key: string, holder: Holder): Promise<void> {
  const { link, bucket } = context;
  const last = await lastOf(link, { stream: `KV_${bucket}`, subject: leaseSubject(bucket, key) });
  if (last === undefined || isMarker(last.headers) || readHolder(last.body).node !== holder.node) return;

  await write(context, key, { after: last.seq, holder: undefined });
}

/**
 * Writes the key if its last revision is `after`; undefined when it is not. Without a holder: gives it up. Tried for as
 * long as a lease lives: a cluster that elects a leader is back by then, and after that it would be another lease.
 */
async function write(
  context: Context,
  key: string,
  { after, holder }: Wanted,
): Promise<LeaseToken | undefined> {
  const message = messageOf(context, { after, holder });
  const since = performance.now();
  let isInDoubt = false;

  return retryUntilDone(
    async () => {
      const answer = await publish(context, leaseSubject(context.bucket, key), message);
      if (answer.kind === 'ack') {
        context.link.writes.saw('lease', answer);
        return answer.seq;
      }
      if (answer.errCode === WRONG_POSITION)
        return isInDoubt ? ownToken(context, key, { after, body: message.body }) : undefined;
      throw new ApiRefusal({
        code: answer.status,
        err_code: answer.errCode,
        description: answer.description,
      });
    },
    (error, failuresBefore) => {
      context.link.writes.saw('lease', { kind: 'failed', reason: textOf(error) });
      if (!mayPass(error) || performance.now() - since > context.ttlMs) throw error;
      isInDoubt ||= error instanceof TimeoutError;

      return pause(failuresBefore);
    },
  );
}

/** The write that nobody answered was stored if what stands behind the expected revision is what was written. */
async function ownToken(
  { link, bucket }: Context,
  key: string,
  { after, body }: { readonly after: number; readonly body: string },
): Promise<LeaseToken | undefined> {
  const last = await lastOf(link, { stream: `KV_${bucket}`, subject: leaseSubject(bucket, key) });
  if (last === undefined || last.seq <= after || isMarker(last.headers)) return undefined;

  return last.body === body ? last.seq : undefined;
}

type Wanted = { readonly after: number; readonly holder: Holder | undefined };
type OutMessage = { readonly body: string; readonly header: MsgHdrs };

function messageOf({ ttlMs }: Context, { after, holder }: Wanted): OutMessage {
  const header = headers();
  header.set('Nats-Expected-Last-Subject-Sequence', String(after));
  if (holder === undefined) header.set('KV-Operation', 'DEL');
  else header.set('Nats-TTL', `${ttlMs}ms`);

  return { body: holder === undefined ? '' : JSON.stringify(holder), header };
}

/** Rejects with TimeoutError when nobody knows whether it was stored. */
async function publish(
  { link, restore, ttlMs }: Context,
  subject: string,
  { body, header }: OutMessage,
): Promise<Exclude<PublishResult, { readonly kind: 'lost' }>> {
  if (!link.isUp()) throw new RequestError('the connection is down');
  try {
    const timeout = Math.min(ANSWER_MS_MAX, ttlMs / 2);
    const answer = readPublishAnswer(
      await link.connection.request(subject, body, { headers: header, timeout }),
    );
    if (answer.kind !== 'lost') return answer;
  } catch (error) {
    if (!isNoResponders(error)) throw error;
  }
  // Nobody listens: a cluster elects a leader, or the bucket went with the server that had it in memory.
  await restore();

  throw new NoRespondersError(subject);
}

function mayPass(error: unknown): boolean {
  return isPassing(error) || (error instanceof ApiRefusal && error.errCode === MOMENTARY);
}

function isNoResponders(error: unknown): boolean {
  return error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
}

type OnChange = (key: string, holder: Holder | undefined) => void;

/** The subject of a lease's key. Throws on what could address other keys. */
function leaseSubject(bucket: string, key: string): string {
  if (!KEY.test(key))
    throw new RangeError(`${JSON.stringify(key.slice(0, 80))} cannot be the key of a lease`);

  return bucketSubject(bucket, key);
}

/** Everything that is held now. */
async function readHolders(context: WatchedBucket): Promise<ReadonlyMap<string, Holder>> {
  const held = new Map<string, Holder>();
  const done = new AbortController();
  const collect: OnChange = (key, holder) => {
    if (holder !== undefined) held.set(key, holder);
  };
  const { ended } = await followLeases(context, collect, done.signal);
  done.abort();
  await ended;

  return held;
}

/**
 * Tells what is held, then every change, until the signal aborts; resolves when what is held was told. After a
 * reconnect, what was held and is there no more is told as given up. Rejects with JournalUnavailable when what is held
 * cannot be read for 30 s.
 */
function followLeases(
  context: WatchedBucket,
  onChange: OnChange,
  signal: AbortSignal,
): Promise<{ readonly ended: Promise<void> }> {
  return followUntilTold('which engines there are', signal, (told) =>
    watchBucket(context, {
      ...told,
      onChange: (key, text) => onChange(key, text === undefined ? undefined : readHolder(text)),
    }),
  );
}

/** Reads the value of a key. Whatever stands there holds the lease, even if it is not ours to understand. */
function readHolder(body: string): Holder {
  const { success, data } = HolderText.safeParse(body);

  return success ? data : { node: body, host: '', pid: 0 };
}
