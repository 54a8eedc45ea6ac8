import { headers, type Msg, type MsgHdrs, NoRespondersError, RequestError } from '@nats-io/transport-node';
import type { Holder, Leases, LeaseToken } from '../../ports/leases.ts';
import { ApiRefusal } from './jetstream-errors.ts';
import {
  followLeases,
  isMarker,
  type LeaseBucket,
  leaseSubject,
  readHolder,
  readHolders,
} from './lease-watch.ts';
import { pause } from './patience.ts';
import { lastOf } from './stream-get.ts';

const PUBLISH_TIMEOUT_MS = 2_000;
const WRONG_POSITION = 10071;
/** Another write of the same key is on its way through the cluster: the answer of a moment, which says nothing yet. */
const MOMENTARY = 10164;
const MOMENTS_MAX = 8;

type Context = LeaseBucket & { readonly ttlMs: number };

/**
 * Leases as keys of a KV bucket that expire. Written message by message: the KV client's `update`, and its
 * `create` of a key that expired before, leave the time to live out, and such a lease would never end.
 */
export function createJetStreamLeases(context: LeaseBucket & { readonly ttlMs: number }): Leases {
  const { ttlMs } = context;
  let reading: Promise<ReadonlyMap<string, Holder>> | undefined;

  return {
    ttlMs,
    claim: (key, holder) => claim(context, key, holder),
    renew: (key, holder, token) => write(context, key, { after: token, holder }),
    release: async (key, token) => {
      await write(context, key, { after: token, holder: undefined });
    },
    evict: (key, holder) => evict(context, key, holder),
    holders: () => {
      // A node that finds all shards taken asks for each of them at once: one reading answers them all.
      reading ??= readHolders(context).finally(() => {
        reading = undefined;
      });

      return reading;
    },
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

/** Writes the key if its last revision is `after`; undefined when it is not. Without a holder: gives it up. */
async function write(
  context: Context,
  key: string,
  { after, holder }: { readonly after: number; readonly holder: Holder | undefined },
): Promise<LeaseToken | undefined> {
  const header = headers();
  header.set('Nats-Expected-Last-Subject-Sequence', String(after));
  if (holder === undefined) header.set('KV-Operation', 'DEL');
  else header.set('Nats-TTL', `${context.ttlMs}ms`);

  const body = holder === undefined ? '' : JSON.stringify(holder);
  const subject = leaseSubject(context.bucket, key);
  let answer = await publish(context, subject, { body, header });
  for (let moment = 0; answer.error?.err_code === MOMENTARY && moment < MOMENTS_MAX; moment++) {
    await pause(moment);
    answer = await publish(context, subject, { body, header });
  }
  if (answer.error === undefined) return answer.seq;
  if (answer.error.err_code === WRONG_POSITION) return undefined;
  throw new ApiRefusal(answer.error);
}

type PublishAnswer = {
  readonly seq?: number;
  readonly error?: { readonly code?: number; readonly err_code?: number; readonly description?: string };
};

async function publish(
  { link, restore }: LeaseBucket,
  subject: string,
  { body, header }: { readonly body: string; readonly header: MsgHdrs },
): Promise<PublishAnswer> {
  const request = (): Promise<Msg> =>
    link.connection.request(subject, body, { headers: header, timeout: PUBLISH_TIMEOUT_MS });
  const message = await request().catch(async (error: unknown) => {
    if (!isNoResponders(error)) throw error;
    await restore();

    return request();
  });

  return message.json<PublishAnswer>();
}

function isNoResponders(error: unknown): boolean {
  return error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
}
