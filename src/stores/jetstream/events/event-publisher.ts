import { headers, type MsgHdrs, RequestError } from '@nats-io/transport-node';
import type { CloudEvent } from '../../../../events/cloud-event.ts';
import { sha256Hex } from '../../../../machines/hash.ts';
import { messageOf } from '../../../lib/text.ts';
import {
  type EventAudience,
  type EventPublisher,
  EventsUnavailable,
  EventTooLarge,
  type PublishOptions,
} from '../../../ports/events/event-publisher.ts';
import {
  ApiRefusal,
  NotYourName,
  refusedByServer,
  StreamMisconfigured,
} from '../connection/jetstream-errors.ts';
import { type Ack, type Link, readPublishAnswer } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { patiently } from '../connection/retry.ts';
import { streamInfo } from '../connection/streams.ts';
import { EVENT_MESSAGE_BYTES_MAX, ensureEventStream, hasInboxConsumer } from './event-inbox.ts';

const PUBLISH_TIMEOUT_MS = 2_000;
const TOO_LARGE = 10054;
/** What the header takes of the largest message. */
const HEADER_BYTES_MAX = 256;

type Source = { readonly link: Link; readonly names: Names; readonly replicas: number };

/** Events on a stream that keeps them for 30 days. It is made when the first event is published. */
export function createJetStreamEventPublisher(source: Source): EventPublisher & EventAudience {
  const { link, names } = source;
  let stream: Promise<void> | undefined;

  return {
    publish: async (event, options = {}) => {
      const message = outMessageOf(names, event, options);
      refuseTooLarge(link, event, message.body);
      let tries = 0;

      return patiently(
        link,
        async () => {
          tries += 1;
          stream ??= ensureEventStream(source);
          try {
            await stream;
            const { duplicate } = await publishOnce(link, message);
            // An earlier try may have stored it, though its answer was lost.
            return { stored: !duplicate || tries > 1 };
          } catch (error) {
            // Whatever went wrong, the stream may be gone: the next try looks for it again.
            stream = undefined;
            throw error;
          }
        },
        (error, problem) =>
          refused(link, error, options) ?? failure(error, { event, body: message.body, problem }),
      );
    },
    isHeard: async () => {
      // Asked first: where an engine makes its consumer meanwhile, it is taken for that of somebody else.
      const own = (await hasInboxConsumer(source)) ? 1 : 0;
      const { consumer_count: count = 0 } = (await streamInfo(link, names.eventsStream))?.state ?? {};

      return count > own;
    },
  };
}

type OutMessage = { readonly subject: string; readonly body: Uint8Array; readonly headers: MsgHdrs };

function outMessageOf(names: Names, event: CloudEvent, { as, once = true }: PublishOptions): OutMessage {
  const header = headers();
  // The server drops a second message with the same id as long as it remembers the first. A hash, because an event may
  // have any id, and its own only among those of its source.
  if (once) header.set('Nats-Msg-Id', sha256Hex(JSON.stringify([event.source, event.id])));
  header.set('Content-Type', 'application/cloudevents+json; charset=utf-8');

  return {
    subject: names.eventSubject(event.type, as),
    body: Buffer.from(JSON.stringify(event)),
    headers: header,
  };
}

/** Rejects unless the server has stored the message, now or before. */
async function publishOnce(link: Link, { subject, body, headers }: OutMessage): Promise<Ack> {
  const answer = readPublishAnswer(
    await link.connection.request(subject, body, { headers, timeout: PUBLISH_TIMEOUT_MS }),
  );
  if (answer.kind === 'lost') throw new RequestError(answer.reason);
  if (answer.kind === 'ack') return answer;
  const { status: code, errCode: err_code, description } = answer;

  throw new ApiRefusal({ code, err_code, description });
}

/** The server would refuse it too; one above its own limit the client does not even send. */
function refuseTooLarge(link: Link, event: CloudEvent, body: Uint8Array): void {
  const messageBytesMax = Math.min(
    EVENT_MESSAGE_BYTES_MAX,
    link.connection.info?.max_payload ?? EVENT_MESSAGE_BYTES_MAX,
  );
  const bytesMax = messageBytesMax - HEADER_BYTES_MAX;
  if (body.length > bytesMax) throw new EventTooLarge(event.id, body.length, bytesMax);
}

/** The error for what permissions on the server are in the way of. */
function refused(link: Link, error: unknown, { as }: PublishOptions): Error | undefined {
  const refusal = refusedByServer(link.user, error);

  return refusal === undefined || as === undefined || as === '' ? refusal : new NotYourName(as);
}

function failure(
  error: unknown,
  context: {
    readonly event: CloudEvent;
    readonly body: Uint8Array;
    readonly problem: string | undefined;
  },
): Error {
  if (error instanceof StreamMisconfigured) return error;
  const { event, body, problem } = context;
  if (error instanceof ApiRefusal && error.errCode === TOO_LARGE)
    return new EventTooLarge(event.id, body.length, EVENT_MESSAGE_BYTES_MAX);
  const more = problem === undefined ? '' : ` (the server said: ${problem})`;

  return new EventsUnavailable(
    `event ${event.id} could not be published: ${messageOf(error)}${more}; run \`workflow doctor\``,
    { cause: error },
  );
}
