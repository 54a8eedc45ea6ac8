import type { EventInbox, InboxItem } from '../../ports/event-inbox.ts';
import type { EventOutcomes } from '../../ports/event-outcomes.ts';
import { EventsUnavailable } from '../../ports/event-publisher.ts';
import { CONSUMER_CHANGED, ensureEventConsumer } from './event-consumer.ts';
import { PullBroken, pullEvents } from './event-pull.ts';
import { ApiRefusal, StreamMisconfigured } from './jetstream-errors.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { createOpenEvents, type OpenEvents } from './open-events.ts';
import { isPassing, pause } from './patience.ts';
import { STREAM_NOT_FOUND } from './streams.ts';

type Source = {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
  /** How long the server waits for a sign of life of who has an event. */
  readonly silentMs: number;
  /** What became of the events before. */
  readonly outcomes: Pick<EventOutcomes, 'list'>;
};
type Take = Parameters<EventInbox['take']>[0];

/** How long the server waits for a sign of life of who has an event. */
export const EVENT_SILENT_MS = 10_000;

/** The stream of events through one durable consumer, which remembers what has been dealt with. */
export function createJetStreamEventInbox(source: Source): EventInbox {
  return { take: (options) => take(source, options), silentMs: source.silentMs };
}

async function* take(
  source: Source,
  { signal, atOnceMax }: Take,
): AsyncGenerator<InboxItem, void, undefined> {
  const events = createOpenEvents({ ...source, atOnceMax });
  try {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        if (!source.link.isUp()) throw new PullBroken('the connection is down');
        await ensureEventConsumer(source);
        for await (const item of itemsUntilBroken(source, events, signal)) {
          attempt = 0;
          yield item;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!mayPass(error)) throw givenUp(error);
        await pause(attempt);
      }
    }
  } finally {
    events.close();
  }
}

async function* itemsUntilBroken(
  { link, names }: Source,
  events: OpenEvents,
  signal: AbortSignal,
): AsyncGenerator<InboxItem, void, undefined> {
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${names.eventsStream}.${names.eventsConsumer}`;
  for (;;) {
    const batch = await events.room(signal);
    if (batch === 0) return;
    yield* pullEvents(link, { subject, batch, events, signal });
  }
}

/** A stream that has just been made may not be known to every server of a cluster. */
function mayPass(error: unknown): boolean {
  if (error instanceof PullBroken || isPassing(error)) return true;

  return (
    error instanceof ApiRefusal && (error.errCode === STREAM_NOT_FOUND || CONSUMER_CHANGED.has(error.errCode))
  );
}

function givenUp(cause: unknown): Error {
  if (cause instanceof StreamMisconfigured) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);

  return new EventsUnavailable(`events cannot be taken: ${reason}; run \`workflow doctor\``, { cause });
}
