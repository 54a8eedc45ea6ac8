import { nuid } from '@nats-io/transport-node';
import type { Json } from '../../../../events/canonical-json.ts';
import { markKeyParts } from '../../../../machines/mark-key.ts';
import { subjectToken, tokenText } from '../../../lib/text.ts';
import { EventsUnavailable } from '../../../ports/events/event-publisher.ts';
import type { KeptMark, TriggerMarks } from '../../../ports/events/trigger-marks.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { type Bucket, type BucketEntry, createBucket } from './bucket.ts';

/** Names the write, so that one whose answer was lost is known when it is found done. */
const WRITE = 'Workflow-Write';

/** Marks as keys of a KV bucket, whose revisions are the positions of their messages. */
export function createTriggerMarks(source: {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
}): TriggerMarks {
  const { link, names, replicas } = source;
  const bucket = createBucket({
    ...{ link, replicas, bucket: names.triggersBucket },
    giveUp: (reason, cause) =>
      new EventsUnavailable(
        `what is kept about triggers cannot be read or changed: ${reason}; run \`workflow doctor\``,
        { cause },
      ),
  });
  const bucketKey = (key: string): string => markKeyParts(key).map(subjectToken).join('.');
  const markKey = ({ key }: BucketEntry): string => key.split('.').map(tokenText).join('/');

  return {
    read: async (key) => keptIn(await bucket.get(bucketKey(key))),
    write: async (key, value, revision) =>
      write(bucket, bucketKey(key), { body: JSON.stringify(value), revision }),
    remove: async (key, revision) => bucket.purge(bucketKey(key), revision),
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
