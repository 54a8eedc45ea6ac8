import { connect, type NatsConnection } from '@nats-io/transport-node';
import { CloudEvent } from '../../../events/cloud-event.ts';

export type PublishedMessage = {
  readonly subject: string;
  readonly contentType: string;
  readonly event: CloudEvent;
};

type ApiAnswer = {
  readonly state?: { readonly first_seq: number; readonly last_seq: number };
  readonly message?: { readonly subject: string; readonly hdrs: string; readonly data: string };
};

/** Every message of a stream, as its leader has them; none where there is no stream. */
export async function publishedMessages(url: string, stream: string): Promise<readonly PublishedMessage[]> {
  const connection = await connect({ servers: url.split(',') });
  try {
    const { state } = await ask(connection, `STREAM.INFO.${stream}`, {});
    if (state === undefined) return [];
    const found: PublishedMessage[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const { message } = await ask(connection, `STREAM.MSG.GET.${stream}`, { seq });
      if (message !== undefined) found.push(parse(message));
    }

    return found;
  } finally {
    await connection.close();
  }
}

/** Another program listens to the stream. Resolves with what ends that. */
export async function listenTo(url: string, stream: string): Promise<() => Promise<void>> {
  const connection = await connect({ servers: url.split(',') });
  const config = { durable_name: 'other', ack_policy: 'explicit' };
  await ask(connection, `CONSUMER.CREATE.${stream}.other`, { stream_name: stream, config });

  return async () => {
    await ask(connection, `CONSUMER.DELETE.${stream}.other`, {});
    await connection.close();
  };
}

function parse({ subject, hdrs, data }: NonNullable<ApiAnswer['message']>): PublishedMessage {
  const header = Buffer.from(hdrs, 'base64').toString();
  const contentType = /^Content-Type: (.*)\r$/m.exec(header)?.[1] ?? '';

  return {
    subject,
    contentType,
    event: CloudEvent.parse(JSON.parse(Buffer.from(data, 'base64').toString())),
  };
}

async function ask(connection: NatsConnection, verb: string, payload: object): Promise<ApiAnswer> {
  return (await connection.request(`$JS.API.${verb}`, JSON.stringify(payload))).json<ApiAnswer>();
}
