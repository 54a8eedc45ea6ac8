import { nuid } from '@nats-io/transport-node';
import type { Json } from '../../../../events/canonical-json.ts';
import { markKeyParts } from '../../../../machines/mark-key.ts';
import { subjectToken, tokenText } from '../../../lib/text.ts';
import type { KeptMark, MarkStore } from '../../../ports/mark-store.ts';
import type { Bucket, BucketEntry } from './bucket.ts';

/** Names the write, so that one whose answer was lost is known when it is found done. */
const WRITE = 'Workflow-Write';

/** Says in place of a value that the key is gone, for engines that follow it. */
const GONE = { 'KV-Operation': 'DEL' };

/** Marks as keys of a KV bucket, whose revisions are the positions of their messages. */
export function createMarkStore(
  bucket: Bucket,
  {
    leaves,
    partsMax,
  }: {
    /** What is left of a mark that was taken away. */
    readonly leaves: 'nothing' | 'marker';
    /** The last of so many parts of a key may hold a `/`. */
    readonly partsMax?: number;
  },
): MarkStore {
  const bucketKey = (key: string): string => markKeyParts(key, partsMax).map(subjectToken).join('.');
  const markKey = ({ key }: BucketEntry): string => key.split('.').map(tokenText).join('/');

  return {
    read: async (key) => keptIn(await bucket.get(bucketKey(key))),
    write: async (key, value, revision) =>
      write(bucket, bucketKey(key), { body: JSON.stringify(value), revision }),
    remove: async (key, revision) => {
      if (leaves === 'nothing') return bucket.purge(bucketKey(key), revision);

      return (await bucket.write(bucketKey(key), { body: '', after: revision, header: GONE })) !== undefined;
    },
    all: async (first) => {
      const marks = new Map<string, KeptMark>();
      const itself = keptIn(await bucket.get(bucketKey(first)));
      if (itself !== undefined) marks.set(first, itself);
      for await (const entry of bucket.entries(`${bucketKey(first)}.>`)) {
        marks.set(markKey(entry), keptOf(entry));
      }

      return marks;
    },
  };
}

function keptIn(entry: BucketEntry | undefined): KeptMark | undefined {
  return entry === undefined ? undefined : keptOf(entry);
}

function keptOf({ body, revision }: BucketEntry): KeptMark {
  return { value: jsonOr(body), revision };
}

/** What somebody wrote by hand is still there to be replaced. */
function jsonOr(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

async function write(
  bucket: Bucket,
  key: string,
  { body, revision }: { readonly body: string; readonly revision: number },
): Promise<number | undefined> {
  const name = nuid.next();
  const store = (after: number) => bucket.write(key, { body, after, header: { [WRITE]: name } });
  const stored = await store(revision);
  if (stored !== undefined) return stored;

  const last = await bucket.latest(key);
  if (last === undefined) return undefined;
  if (last.headers.includes(`${WRITE}: ${name}\r\n`)) return last.revision;

  // Deleted by hand: there is none, and yet it has a position.
  return revision === 0 && last.isGone ? store(last.revision) : undefined;
}
