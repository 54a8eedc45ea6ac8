import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { median } from './statistics.ts';

/** What the server itself does, from one Node process, with an optimistic check on every message. */
export type RawRates = { readonly pipelinedPerSecond: number; readonly roundTripMs: number };

const payload = new TextEncoder().encode('x'.repeat(900));
const inFlight = 500;
const subjects = 500;

/** Publishes `count` messages of 900 bytes, many in flight over many subjects, then some one at a time. */
export async function rawPublish(url: string, count: number): Promise<RawRates> {
  const connection = await connect({ servers: url });
  try {
    const admin = await jetstreamManager(connection);
    const name = `RAW_${Date.now()}`;
    await admin.streams.add({ name, subjects: [`${name}.>`] });
    const pipelinedPerSecond = await pipelined(connection, name, count);
    const roundTripMs = await oneAtATime(connection, name);
    await admin.streams.delete(name);

    return { pipelinedPerSecond, roundTripMs };
  } finally {
    await connection.close();
  }
}

async function pipelined(connection: NatsConnection, stream: string, count: number): Promise<number> {
  const client = jetstream(connection, { timeout: 30_000 });
  let sent = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async (_, lane) => {
      const subject = `${stream}.${lane % subjects}`;
      for (let last = 0; sent < count; ) {
        sent += 1;
        const ack = await client.publish(subject, payload, { headers: expecting(last) });
        last = ack.seq;
      }
    }),
  );

  return (sent / (performance.now() - began)) * 1000;
}

async function oneAtATime(connection: NatsConnection, stream: string): Promise<number> {
  const client = jetstream(connection);
  const times: number[] = [];
  for (let index = 0, last = 0; index < 500; index += 1) {
    const began = performance.now();
    ({ seq: last } = await client.publish(`${stream}.alone`, payload, { headers: expecting(last) }));
    times.push(performance.now() - began);
  }

  return median(times);
}

function expecting(last: number) {
  const expected = headers();
  expected.set('Nats-Expected-Last-Subject-Sequence', String(last));

  return expected;
}
