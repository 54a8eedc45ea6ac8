import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { CloudEvent } from '../../../events/cloud-event.ts';

export type PublishedMessage = {
  readonly subject: string;
  readonly contentType: string;
  readonly event: CloudEvent;
};

/** Every message of a stream, as a stranger reads them; none where there is no stream. */
export async function publishedMessages(url: string, stream: string): Promise<readonly PublishedMessage[]> {
  const connection = await connect({ servers: url });
  try {
    const admin = await jetstreamManager(connection);
    const names = await admin.streams.names().next();
    if (!names.includes(stream)) return [];
    const { messages: left } = (await admin.streams.info(stream)).state;
    const consumer = await jetstream(connection).consumers.get(stream);
    const found: PublishedMessage[] = [];
    while (found.length < left) {
      const message = await consumer.next();
      if (message === null) break;
      const contentType = message.headers?.get('Content-Type') ?? '';
      found.push({ subject: message.subject, contentType, event: CloudEvent.parse(message.json()) });
    }

    return found;
  } finally {
    await connection.close();
  }
}
