import type { EventOutcomes } from '../../../ports/events/outcome-filter.ts';
import { ApiRefusal } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { ensureStream, type StreamSettings, streamInfo } from '../connection/streams.ts';

/** Largest message of the stream, its header included. */
export const EVENT_MESSAGE_BYTES_MAX = 1024 * 1024;

const SECOND_NANOS = 1_000_000_000;

const DAY_NANOS = 24 * 60 * 60 * SECOND_NANOS;

const EVENTS_MAX = 1_000_000;

/** Retention is left to the operator of the server; `duplicate_window` and replicas may differ anyway. */
const RETENTION: ReadonlySet<string> = new Set(['max_age', 'max_msgs', 'max_bytes']);

type Source = {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
  readonly silentMs: number;
  readonly outcomes: Pick<EventOutcomes, 'list'>;
};

/** The start of a consumer, which never changes after its creation. */
type Begin = { readonly deliver_policy: string; readonly opt_start_seq?: number };

const MS_NANOS = 1_000_000;

const CONSUMER_NOT_FOUND = 10014;

/** Another process made or deleted it in this moment: who looks again finds it as it is. */
export const CONSUMER_CHANGED: ReadonlySet<number> = new Set([10148, 10149]);

/** An event this far behind the last handled one may still be unhandled. */
const BEHIND_MAX = 1_024;

/** Events are handled concurrently: the last outcome need not belong to the last event. */
const OUTCOMES_LOOKED_AT = 256;

/** Gives one that exists these settings; what it remembers stays. */
export async function ensureEventConsumer(source: Source): Promise<void> {
  const { link, names, silentMs } = source;
  await ensureEventStream(source);
  const { eventsStream, eventsConsumer: name, eventSubjects: filter } = names;
  const found = await beginOfExisting(source);
  const { deliver_policy, opt_start_seq } = found ?? (await beginOfNew(source));
  const config = {
    name,
    durable_name: name,
    filter_subject: filter,
    deliver_policy,
    ...(opt_start_seq === undefined ? {} : { opt_start_seq }),
    ack_policy: 'explicit',
    ack_wait: silentMs * MS_NANOS,
    // Each ends in an outcome: what cannot be dealt with is noted as such, and not given up in silence.
    max_deliver: -1,
    max_ack_pending: -1,
  };
  const action = found === undefined ? 'create' : 'update';
  const request = { stream_name: eventsStream, config, action };
  await link.api(`CONSUMER.CREATE.${eventsStream}.${name}.${filter}`, request);
}

async function beginOfExisting({ link, names }: Source): Promise<Begin | undefined> {
  const { eventsStream, eventsConsumer } = names;
  try {
    const subject = `CONSUMER.INFO.${eventsStream}.${eventsConsumer}`;

    return (await link.api<{ readonly config: Begin }>(subject, {})).config;
  } catch (error) {
    if (error instanceof ApiRefusal && error.errCode === CONSUMER_NOT_FOUND) return undefined;
    throw error;
  }
}

/** One that was lost does not give out again everything that is kept. */
async function beginOfNew({ link, names, outcomes }: Source): Promise<Begin> {
  const [stream, latest] = await Promise.all([
    streamInfo(link, names.eventsStream),
    outcomes.list({ limit: OUTCOMES_LOOKED_AT }),
  ]);
  // A stream that was made again counts from the beginning: outcomes from before say nothing about it.
  const madeMs = Date.parse(stream?.created ?? '');
  const own = latest.filter(({ at }) => Date.parse(at) >= madeMs).map(({ position }) => position);
  const highest = Math.max(0, ...own);
  if (highest === 0 || highest > (stream?.state.last_seq ?? 0)) return { deliver_policy: 'all' };

  return { deliver_policy: 'by_start_sequence', opt_start_seq: Math.max(1, highest - BEHIND_MAX) };
}

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
