// A journal with damage of every kind, made as an administrator would make it: the records of one namespace, which are
// sound, are copied to another one, and something is done to them on the way.
import { connect } from '@nats-io/transport-node';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../src/stores/jetstream/connection/names.ts';
import type { Damaging } from '../support/damaging.ts';

/** Copies a run from one namespace to another; resolves with the positions of its messages there. */
export async function copyRun(
  url: string,
  {
    run,
    from,
    to,
    damage,
  }: { readonly run: string; readonly from: string; readonly to: string; readonly damage: Damaging },
): Promise<readonly number[]> {
  const bodies = await bodiesOf(url, from, run);
  const connection = await connect({ servers: url });
  const positions: number[] = [];
  for (const body of damage(bodies, run)) {
    const answer = await connection.request(namesOf(to).runSubject(run), body);
    positions.push(answer.json<{ readonly seq: number }>().seq);
  }
  await connection.close();

  return positions;
}

/** What is stored of a run, byte for byte. */
export async function bodiesOf(url: string, namespace: string, run: string): Promise<readonly string[]> {
  const stream = await connectJetStream({ url, namespace });
  const bodies: string[] = [];
  for await (const { body } of stream.journal.read(run)) bodies.push(body);
  await stream.close();

  return bodies;
}
