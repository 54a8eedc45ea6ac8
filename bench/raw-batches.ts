import { connect, headers, type NatsConnection, nuid } from '@nats-io/transport-node';

const payload = new TextEncoder().encode('x'.repeat(900));
const batchLength = 100;
const inFlight = 2;

/** Messages a second that the server stores durably, a hundred of 900 bytes in a batch and two batches in flight. */
export async function rawBatchesPerSecond(url: string, ms: number): Promise<number> {
  const connection = await connect({ servers: url });
  const stream = `RAW_${nuid.next()}`;
  try {
    await ask(connection, `STREAM.CREATE.${stream}`, {
      name: stream,
      subjects: [`${stream}.>`],
      allow_atomic: true,
    });
    const until = performance.now() + ms;
    let stored = 0;
    const began = performance.now();
    await Promise.all(
      Array.from({ length: inFlight }, async (_, lane) => {
        while (performance.now() < until) {
          await publishBatch(connection, `${stream}.${lane}`);
          stored += batchLength;
        }
      }),
    );
    const seconds = (performance.now() - began) / 1000;
    await ask(connection, `STREAM.DELETE.${stream}`, {});

    return stored / seconds;
  } finally {
    await connection.close();
  }
}

async function publishBatch(connection: NatsConnection, subject: string): Promise<void> {
  const id = nuid.next();
  for (let sequence = 1; sequence < batchLength; sequence += 1)
    connection.publish(subject, payload, { headers: batchHeaders(id, sequence) });
  const last = batchHeaders(id, batchLength);
  last.set('Nats-Batch-Commit', '1');
  const answer = await connection.request(subject, payload, { headers: last, timeout: 10_000 });
  const { error } = answer.json<{ readonly error?: { readonly description: string } }>();
  if (error !== undefined) throw new Error(error.description);
}

function batchHeaders(id: string, sequence: number) {
  const of = headers();
  of.set('Nats-Batch-Id', id);
  of.set('Nats-Batch-Sequence', String(sequence));

  return of;
}

async function ask(connection: NatsConnection, verb: string, request: object): Promise<void> {
  const answer = await connection.request(`$JS.API.${verb}`, JSON.stringify(request));
  const { error } = answer.json<{ readonly error?: { readonly description: string } }>();
  if (error !== undefined) throw new Error(error.description);
}
