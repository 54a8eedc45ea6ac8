import { nuid } from '@nats-io/transport-node';
import type { Json } from '../../../../events/canonical-json.ts';
import { markKeyParts } from '../../../../machines/mark-key.ts';
import { subjectToken, tokenText } from '../../../lib/text.ts';
import { EventsUnavailable } from '../../../ports/events/event-publisher.ts';
import type { KeptMark, TriggerMarks } from '../../../ports/events/trigger-marks.ts';
import { createLazyStream, type LazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { bucketSettings } from '../connection/streams.ts';
import type { StoredMessage } from '../journal/stream-get.ts';
import { isMarker } from './lease-watch.ts';

/** Names the write, so that one whose answer was lost is known when it is found done. */
const WRITE = 'Workflow-Write';

/** Marks as keys of a KV bucket, whose revisions are the positions of their messages. */
export function createTriggerMarks(source: {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
}): TriggerMarks {
  const { link, names, replicas } = source;
  const settings = { ...bucketSettings(names.triggersBucket, replicas), storage: 'file' };
  const stream = createLazyStream({
    link,
    settings,
    giveUp: (reason, cause) =>
      new EventsUnavailable(
        `what is kept about triggers cannot be read or changed: ${reason}; run \`workflow doctor\``,
        { cause },
      ),
  });
  const prefix = `$KV.${names.triggersBucket}.`;
  const subjectOf = (key: string): string => prefix + markKeyParts(key).map(subjectToken).join('.');
  const keyOf = (subject: string): string => subject.slice(prefix.length).split('.').map(tokenText).join('/');

  return {
    read: async (key) => keptIn(await stream.last(subjectOf(key))),
    write: async (key, value, revision) =>
      write(stream, subjectOf(key), { body: JSON.stringify(value), revision }),
    remove: async (key, revision) => {
      // Up to the message itself: what was written since is behind it.
      const purge = { filter: subjectOf(key), seq: revision + 1 };
      await stream.use(() => link.api(`STREAM.PURGE.${settings.name}`, purge));
    },
    all: async (first) => {
      const marks = new Map<string, KeptMark>();
      const keep = (found: StoredMessage): void => {
        const kept = keptIn(found);
        if (kept !== undefined) marks.set(keyOf(found.subject), kept);
      };
      const itself = await stream.last(subjectOf(first));
      if (itself !== undefined) keep(itself);
      const below = `${subjectOf(first)}.>`;
      let found = await stream.next(below, 0);
      for (; found !== undefined; found = await stream.next(below, found.seq)) keep(found);

      return marks;
    },
  };
}

function keptIn(message: StoredMessage | undefined): KeptMark | undefined {
  if (message === undefined || isMarker(message.headers)) return undefined;

  return { value: jsonOr(message.body), revision: message.seq };
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
  stream: LazyStream,
  subject: string,
  { body, revision }: { readonly body: string; readonly revision: number },
): Promise<number | undefined> {
  const name = nuid.next();
  const store = (after: number) => stream.store({ subject, body, after, header: { [WRITE]: name } });
  const stored = await store(revision);
  if (stored !== undefined) return stored;

  const last = await stream.last(subject);
  if (last === undefined) return undefined;
  if (last.headers.includes(`${WRITE}: ${name}\r\n`)) return last.seq;

  // Deleted by hand: there is none, and yet it has a position.
  return revision === 0 && isMarker(last.headers) ? store(last.seq) : undefined;
}
