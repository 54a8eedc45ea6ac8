import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { ensureStream, type StreamSettings, streamInfo } from '../connection/streams.ts';

/** Largest message of the stream, its header included. */
export const EVENT_MESSAGE_BYTES_MAX = 1024 * 1024;

const SECOND_NANOS = 1_000_000_000;
const DAY_NANOS = 24 * 60 * 60 * SECOND_NANOS;
const EVENTS_MAX = 1_000_000;
/** How long they are kept is up to whoever runs the server; `duplicate_window` and replicas may differ anyway. */
const RETENTION: ReadonlySet<string> = new Set(['max_age', 'max_msgs', 'max_bytes']);

/**
 * Makes the stream of the namespace's events if it is missing, and whoever may not make it finds it there. Rejects as
 * `ensureStream` does.
 */
export async function ensureEventStream(source: {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
}): Promise<void> {
  const { link, names, replicas } = source;
  if (link.mayLead) {
    await ensureStream(link, eventSettings(names, replicas), RETENTION);
  } else if ((await streamInfo(link, names.eventsStream)) === undefined) {
    throw new Error(
      `the stream ${names.eventsStream} is not there yet, and only an engine makes it: start one first`,
    );
  }
}

/** Events are news, not history: the journal is that. The oldest go, and a full stream never refuses a new one. */
function eventSettings(names: Names, replicas: number): StreamSettings {
  return {
    name: names.eventsStream,
    subjects: [names.eventSubjects],
    storage: 'file',
    retention: 'limits',
    discard: 'old',
    max_age: 30 * DAY_NANOS,
    max_msgs: EVENTS_MAX,
    max_msg_size: EVENT_MESSAGE_BYTES_MAX,
    // The server keeps the ids of this time in memory. Attempts follow each other within a minute by default.
    duplicate_window: 600 * SECOND_NANOS,
    num_replicas: replicas,
  };
}
