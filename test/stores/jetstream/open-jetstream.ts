import { connect, type NatsConnection } from '@nats-io/transport-node';
import { connectJetStream, type JetStreamHandle } from '../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../src/stores/jetstream/connection/names.ts';
import type { OpenJournal } from '../../contract/open-journal.ts';

let count = 0;

/** A namespace that no other test uses. */
export function freshNamespace(): string {
  return `t${process.pid}-${++count}`;
}

/** A fresh journal with two writers, each with a connection of its own; the first may go through another address. */
export async function openJetStreamJournal(
  url: string,
  through = url,
): Promise<OpenJournal & { readonly namespace: string }> {
  const namespace = freshNamespace();
  const handles: JetStreamHandle[] = [];
  for (const address of [through, url]) handles.push(await connectJetStream({ url: address, namespace }));
  const [mine, theirs] = handles as [JetStreamHandle, JetStreamHandle];

  return {
    namespace,
    journal: mine.journal,
    other: theirs.journal,
    plant: (run, body) => publish(url, { subject: namesOf(namespace).runSubject(run), body }),
    close: async () => {
      for (const handle of handles) await handle.close();
    },
  };
}

/** Publishes as a stranger would, without any expectation; resolves with the position. */
export async function publish(
  url: string,
  { subject, body }: { readonly subject: string; readonly body: string },
): Promise<number> {
  const connection = await connect({ servers: url.split(',') });
  const answer = await connection.request(subject, body);
  await connection.close();

  return answer.json<{ readonly seq: number }>().seq;
}

/** Counts the consumers of a stream, through a connection that the caller closes. */
export async function consumersOf(
  url: string,
  stream: string,
): Promise<{ readonly connection: NatsConnection; readonly consumers: () => Promise<number> }> {
  const connection = await connect({ servers: url.split(',') });
  const consumers = async (): Promise<number> => {
    const answer = await connection.request(`$JS.API.CONSUMER.NAMES.${stream}`, '{}');

    return answer.json<{ readonly total: number }>().total;
  };

  return { connection, consumers };
}
