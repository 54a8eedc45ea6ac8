import { nuid } from '@nats-io/transport-node';
import { ApiRefusal } from './jetstream-errors.ts';
import type { Link } from './link.ts';
import { streamInfo, subjectsIn } from './streams.ts';

const NO_MESSAGE_FOUND = 10037;

/** So many positions at the end of a stream are looked at one by one, where the last cannot be read. */
const BACK_MAX = 10_000;

/** One stored message, read through the leader, so that it is never older than the last acknowledged append. */
export type StoredMessage = {
  readonly subject: string;
  readonly seq: number;
  readonly body: string;
  /** The body as it is stored, whatever it is. */
  readonly data: Uint8Array;
  /** The raw header block; empty when there is none. */
  readonly headers: string;
  /** When the server stored it, in ms since 1970. */
  readonly storedAtMs: number;
};

export type Place = { readonly stream: string; readonly subject: string };

/** The last message of a subject, which may hold wildcards. */
export function lastOf(link: Link, { stream, subject }: Place): Promise<StoredMessage | undefined> {
  return getMessage(link, stream, { last_by_subj: subject });
}

/** The first message of a subject after a position. */
export function firstAfter(
  link: Link,
  { stream, subject, after }: Place & { readonly after: number },
): Promise<StoredMessage | undefined> {
  return getMessage(link, stream, { seq: after + 1, next_by_subj: subject });
}

/** The last message of a subject; `lostAt`: its position where the server counts it and cannot read it. */
export type LastKnown = { readonly message: StoredMessage } | { readonly lostAt: number };

/**
 * The last message of a subject without wildcards, also where the file that holds it is damaged: then the server
 * answers as if there was none, and yet counts it. Undefined where there is none indeed.
 */
export async function lastKnown(link: Link, place: Place): Promise<LastKnown | undefined> {
  for (;;) {
    const message = await lastOf(link, place);
    if (message !== undefined) return { message };
    const [counted] = await subjectsIn(link, place.stream, place.subject);
    if (counted === undefined) return undefined;
    const seq = await positionOfLast(link, place);
    // One that can be read was stored meanwhile.
    if ((await getMessage(link, place.stream, { seq })) === undefined) return { lostAt: seq };
  }
}

/** Only a consumer tells the position of a message without reading it: the one that it would begin with. */
async function positionOfLast(link: Link, place: Place): Promise<number> {
  const { delivered } = await askConsumer(link, place, 'last');

  return delivered.stream_seq + 1;
}

type AskedConsumer = {
  /** Where it would begin: behind this position. */
  readonly delivered: { readonly stream_seq: number };
  /** How many messages the server that it was put on has for it. */
  readonly num_pending: number;
  readonly cluster?: { readonly leader?: string };
};

/** What a consumer says for which nothing is ever sent. */
export async function askConsumer(
  link: Link,
  { stream, subject }: Place,
  policy: 'last' | 'all',
): Promise<AskedConsumer> {
  const name = `workflow_${nuid.next()}`;
  const config = {
    ...{ name, filter_subject: subject, deliver_policy: policy, ack_policy: 'none' },
    ...{ mem_storage: true, num_replicas: 1, inactive_threshold: 5_000_000_000 },
  };
  const said = await link.api<AskedConsumer>(`CONSUMER.CREATE.${stream}.${name}.${subject}`, {
    stream_name: stream,
    config,
  });
  // Nobody waits for this: the server removes it by itself after a while.
  link.api(`CONSUMER.DELETE.${stream}.${name}`, {}).catch(() => undefined);

  return said;
}

/** The last message below a subject with wildcards that can be read, where the very last one cannot. */
export async function lastReadable(
  link: Link,
  { stream, subject }: Place,
): Promise<StoredMessage | undefined> {
  const last = await lastOf(link, { stream, subject });
  if (last !== undefined) return last;
  const { first_seq: begin = 1, last_seq: end = 0 } = (await streamInfo(link, stream))?.state ?? {};
  const first = Math.max(begin, end - BACK_MAX, 1);
  const prefix = subject.replace(/>$/, '');
  for (let seq = end; seq >= first; seq--) {
    const found = await getMessage(link, stream, { seq });
    if (found?.subject.startsWith(prefix) === true) return found;
  }

  return undefined;
}

type MessageResponse = {
  readonly message: {
    readonly subject: string;
    readonly seq: number;
    readonly data?: string;
    readonly hdrs?: string;
    readonly time: string;
  };
};

async function getMessage(link: Link, stream: string, query: object): Promise<StoredMessage | undefined> {
  try {
    const { message } = await link.api<MessageResponse>(`STREAM.MSG.GET.${stream}`, query);

    const data = Buffer.from(message.data ?? '', 'base64');

    return {
      ...{ subject: message.subject, seq: message.seq, data },
      body: data.toString(),
      headers: Buffer.from(message.hdrs ?? '', 'base64').toString(),
      storedAtMs: Date.parse(message.time),
    };
  } catch (error) {
    if (error instanceof ApiRefusal && error.errCode === NO_MESSAGE_FOUND) return undefined;
    throw error;
  }
}
