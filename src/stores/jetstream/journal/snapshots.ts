import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { messageOf } from '../../../lib/text.ts';
import { type Snapshots, SnapshotsUnavailable } from '../../../ports/runs/snapshots.ts';
import { ApiRefusal } from '../connection/jetstream-errors.ts';
import { createLazyStream, type LazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { patiently } from '../connection/retry.ts';
import { bucketSettings, STREAM_NOT_FOUND } from '../connection/streams.ts';
import { isMarker } from '../kv/bucket.ts';

const PATIENCE_MS = 2_000;
/** The time for which a store that did not answer is left alone. */
const REST_MS = 10_000;

type Source = {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
  readonly library: string;
};
type Store = { readonly stream: LazyStream; readonly subjectOf: (run: string) => string };

/** The key of a run: in which of two places its text stands, and in how many parts. */
const Entry = z.object({ place: z.union([z.literal(0), z.literal(1)]), parts: z.int().min(1).max(10_000) });
type Entry = z.output<typeof Entry>;

const KEPT_NANOS = 30 * 24 * 60 * 60 * 1_000_000_000;
/** Retention is left to the operator of the server. */
const RETENTION: ReadonlySet<string> = new Set(['max_age']);
/** Below the largest message of every server, which is 1 MiB where nobody says otherwise. */
const PART_CHARS = 256 * 1024;
const TEXT_BYTES_MAX = 1024 * 1024 * 1024;

/**
 * Snapshots in a KV bucket: `<run>` says where the text stands, `<run>.<place>.<part>` holds it, compressed. A new
 * text is written to the place that is not in use and only then named, so that whatever breaks off leaves the one
 * before. Not in the blob store, which never forgets. Texts of runs that nobody moved for 30 days go by themselves.
 */
export function createJetStreamSnapshots({ link, names, replicas, library }: Source): Snapshots {
  const bucket = names.snapshotsBucket;
  const settings = { ...bucketSettings(bucket, replicas), storage: 'file', max_age: KEPT_NANOS };
  const stream = createLazyStream({ link, settings, open: RETENTION, giveUp: unavailable });
  const store = { stream, subjectOf: names.snapshotSubject };
  const soon = inGoodTime(unavailable);

  return {
    library,
    keep: (run, text) => keep(store, run, text),
    latest: (run) => soon(() => latest(store, run)),
    drop: async (run) => {
      const subject = names.snapshotSubject(run);
      await purge(link, settings.name, { filter: subject });
      await purge(link, settings.name, { filter: `${subject}.>` });
    },
    dropAll: () => purge(link, settings.name, {}),
  };
}

async function keep({ stream, subjectOf }: Store, run: string, text: string): Promise<void> {
  const subject = subjectOf(run);
  const before = await entryOf(stream, subject);
  const place = before?.place === 0 ? 1 : 0;
  const packed = (await promisify(gzip)(text, { level: 1 })).toString('base64');
  let parts = 0;
  for (let from = 0; from < packed.length; from += PART_CHARS) {
    await stream.store({
      subject: `${subject}.${place}.${parts}`,
      body: packed.slice(from, from + PART_CHARS),
    });
    parts += 1;
  }
  await stream.store({ subject, body: JSON.stringify({ place, parts } satisfies Entry) });
}

async function latest({ stream, subjectOf }: Store, run: string): Promise<string | undefined> {
  const subject = subjectOf(run);
  const entry = await entryOf(stream, subject);
  if (entry === undefined) return undefined;
  let packed = '';
  for (let part = 0; part < entry.parts; part += 1) {
    const found = await stream.last(`${subject}.${entry.place}.${part}`);
    if (found === undefined) return undefined;
    packed += found.body;
  }

  return unpacked(packed);
}

async function entryOf(stream: LazyStream, subject: string): Promise<Entry | undefined> {
  const last = await stream.last(subject);
  if (last === undefined || isMarker(last.headers)) return undefined;
  try {
    return Entry.safeParse(JSON.parse(last.body)).data;
  } catch {
    // What somebody else wrote there is no snapshot, and is written over.
    return undefined;
  }
}

async function unpacked(packed: string): Promise<string | undefined> {
  try {
    const bytes = await promisify(gunzip)(Buffer.from(packed, 'base64'), { maxOutputLength: TEXT_BYTES_MAX });

    return bytes.toString();
  } catch {
    // Parts of two texts: two engines kept one at the same time.
    return undefined;
  }
}

/** Nothing is there to be forgotten before the first snapshot is kept. */
async function purge(link: Link, stream: string, filter: { readonly filter?: string }): Promise<void> {
  const purged = async () => {
    try {
      await link.api(`STREAM.PURGE.${stream}`, filter);
    } catch (error) {
      if (!(error instanceof ApiRefusal) || error.errCode !== STREAM_NOT_FOUND) throw error;
    }
  };
  await patiently(link, purged, (error) => unavailable(messageOf(error), error));
}

function unavailable(reason: string, cause?: unknown): SnapshotsUnavailable {
  return new SnapshotsUnavailable(
    `the store of snapshots does not answer: ${reason}; long runs take longer to load, nothing else`,
    { cause },
  );
}

/** Does something in a store that nobody may be held up by. */
type InGoodTime = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Gives up after 2 s, and then at once for a while: a thousand runs must not each wait for a store that is away. */
function inGoodTime(giveUp: (reason: string) => Error): InGoodTime {
  let restsUntil = Number.NEGATIVE_INFINITY;

  return async (work) => {
    if (performance.now() < restsUntil) throw giveUp('nor did it a moment ago');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        restsUntil = performance.now() + REST_MS;
        reject(giveUp(`no answer within ${PATIENCE_MS / 1000} s`));
      }, PATIENCE_MS);
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
