import { messageOf } from '../../../lib/text.ts';
import { createLazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { StoredMessage } from '../connection/stored-message.ts';
import { bucketSettings, type StreamSettings } from '../connection/streams.ts';
import { tail } from '../journal/tail-session.ts';

/** What a bucket holds under a key. Where `isGone` is set it only says that the key was deleted, or has expired. */
export type BucketEntry = {
  readonly key: string;
  /** Where the key is on the server. */
  readonly subject: string;
  readonly body: string;
  /** What the next write has to name as `after`. */
  readonly revision: number;
  /** The header block, as text. */
  readonly headers: string;
  readonly isGone: boolean;
};

/** A value to write. `after`: the revision of the key as the writer knows it, 0 for none; without it any will do. */
type BucketWrite = {
  readonly body: string;
  readonly after?: number;
  readonly header?: Readonly<Record<string, string>>;
};

/**
 * A KV bucket on disk, made when its first key is read or written. Everything is tried for as long as what is wrong may
 * pass by itself, and read through the leader, so that it is never older than what was written.
 */
export type Bucket = {
  /** The last that was written to the key, also where that only says that it is gone. */
  latest(key: string): Promise<BucketEntry | undefined>;
  /** The value of the key; undefined where it has none. */
  get(key: string): Promise<BucketEntry | undefined>;
  /** The values of all keys that fit; `keys` may hold wildcards. */
  entries(keys: string): AsyncGenerator<BucketEntry, void, undefined>;
  /** Resolves with the new revision; with undefined when the key is not at `after`. */
  write(key: string, write: BucketWrite): Promise<number | undefined>;
  /** Writes that the key is gone, with this header; nothing happens where it has no value. */
  remove(key: string, header: Readonly<Record<string, string>>): Promise<void>;
  /** Takes the key away without a trace where it is still at this revision; resolves with whether it was. */
  purge(key: string, revision: number): Promise<boolean>;
  /** Has the server overwrite what was written to the key, with `before` only what was written before that revision. */
  overwrite(key: string, before?: number): Promise<void>;
};

export function createBucket(source: {
  readonly link: Link;
  readonly replicas: number;
  readonly bucket: string;
  /** Where it differs from other buckets. */
  readonly settings?: Omit<Partial<StreamSettings>, 'name'>;
  /** Settings that whoever runs the server may have changed. */
  readonly open?: ReadonlySet<string>;
  /** The error for what failed for good. */
  readonly giveUp: (reason: string, cause: unknown) => Error;
}): Bucket {
  const { link, replicas, bucket, settings: own, open, giveUp } = source;
  const settings = { ...bucketSettings(bucket, replicas), storage: 'file', ...own };
  const stream = createLazyStream({ link, settings, giveUp, ...(open === undefined ? {} : { open }) });
  const prefix = bucketSubject(bucket, '');
  const entryIn = ({ subject, body, seq, headers }: StoredMessage): BucketEntry => {
    return {
      key: subject.slice(prefix.length),
      subject,
      body,
      revision: seq,
      headers,
      isGone: isMarker(headers),
    };
  };

  async function latest(key: string): Promise<BucketEntry | undefined> {
    const last = await stream.last(prefix + key);

    return last === undefined ? undefined : entryIn(last);
  }

  async function get(key: string): Promise<BucketEntry | undefined> {
    const last = await latest(key);

    return last?.isGone === true ? undefined : last;
  }

  async function* messages(filter: string): AsyncGenerator<StoredMessage, void, undefined> {
    let after = 0;
    for (let count = 0; count < singlyMax; count += 1) {
      const found = await stream.next(filter, after);
      if (found === undefined) return;
      yield found;
      after = found.seq;
    }
    yield* rest({ stream: settings.name, filter, after });
  }

  async function* rest({ after, ...of }: { stream: string; filter: string; after: number }) {
    const from = { kind: 'position', seq: after + 1 } as const;
    try {
      for await (const item of tail(link, { ...of, from, current: true, givesUp: true })) {
        if (item.kind === 'caught-up') return;
        if (item.kind === 'message') yield item.message;
      }
    } catch (error) {
      throw giveUp(messageOf(error), error);
    }
  }

  async function* entries(keys: string): AsyncGenerator<BucketEntry, void, undefined> {
    for await (const message of messages(prefix + keys)) {
      const entry = entryIn(message);
      if (!entry.isGone) yield entry;
    }
  }

  async function overwrite(key: string, before = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      const found = await stream.next(prefix + key, 0);
      if (found === undefined || found.seq >= before) return;
      // Unless it is told not to, the server fills the place of the message with random bytes.
      await stream.use(() => link.api(`STREAM.MSG.DELETE.${settings.name}`, { seq: found.seq }));
    }
  }

  return {
    latest,
    get,
    entries,
    overwrite,
    write: (key, write) => stream.store({ subject: prefix + key, ...write }),
    remove: async (key, header) => {
      if ((await get(key)) !== undefined) await stream.store({ subject: prefix + key, body: '', header });
    },
    purge: async (key, revision) => {
      // Up to the message itself: what was written since is behind it.
      const upTo = { filter: prefix + key, seq: revision + 1 };
      const purge = () => link.api<{ readonly purged: number }>(`STREAM.PURGE.${settings.name}`, upTo);

      return (await stream.use(purge)).purged > 0;
    },
  };
}

/** So many keys are asked for one by one; behind that a consumer, which takes a few requests, is quicker. */
const singlyMax = 16;

/** A bucket to follow. */
export type WatchedBucket = {
  readonly link: Link;
  readonly bucket: string;
  /** Creates the bucket again where it is missing. */
  readonly restore: () => Promise<unknown>;
};

type BucketWatch = {
  /** `body` is undefined where the key is gone. */
  readonly onChange: (key: string, body: string | undefined) => void;
  /** Everything that was there has been told, also after a reconnect. */
  readonly onCaughtUp: () => void;
  readonly signal: AbortSignal;
};

/**
 * Tells the value of every key, then every change, until the signal aborts. After a reconnect, what was there and is
 * there no more is told as gone.
 */
export async function watchBucket(
  { link, bucket, restore }: WatchedBucket,
  { onChange, onCaughtUp, signal }: BucketWatch,
): Promise<void> {
  const prefix = bucketSubject(bucket, '');
  const known = new Map<string, string>();
  let missing = new Set<string>();
  let isCaughtUp = false;
  const tell = (key: string, body: string): void => {
    if ((known.get(key) ?? '') === body) return;
    if (body === '') known.delete(key);
    else known.set(key, body);
    onChange(key, body === '' ? undefined : body);
  };

  const place = { stream: `KV_${bucket}`, filter: `${prefix}>` };
  const options = { ...place, signal, restore, current: true, givesUp: false };
  for await (const item of tail(link, { ...options, from: { kind: 'last-of-each' } })) {
    if (item.kind === 'start') {
      missing = new Set(known.keys());
      isCaughtUp = false;
    }
    if (item.kind === 'message') {
      const { subject, headers, body } = item.message;
      const key = subject.slice(prefix.length);
      missing.delete(key);
      tell(key, isMarker(headers) ? '' : body);
    }
    isCaughtUp ||= item.kind === 'caught-up';
    if (!isCaughtUp) continue;
    for (const key of missing) tell(key, '');
    missing.clear();
    onCaughtUp();
  }
}

/** The subject of a key; of all keys that fit, where it holds wildcards. */
export function bucketSubject(bucket: string, key: string): string {
  return `$KV.${bucket}.${key}`;
}

/** Whether a message with this header block says that the key is gone: given up, or expired. */
export function isMarker(headers: string): boolean {
  return /^(KV-Operation: (DEL|PURGE)|Nats-Marker-Reason:)/m.test(headers);
}
