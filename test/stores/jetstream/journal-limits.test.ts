// The limits that a server sets: which error says what, and that an append goes through again when there is room.
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { createRecordWriter } from '../../support/records.ts';
import { freshNamespace } from './open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('says that the journal is full, and goes on when its limit is raised', async () => {
  const namespace = freshNamespace();
  const { journal, close } = await connectJetStream({ url: server.url, namespace });
  const writer = createRecordWriter('alpha');
  const first = await journal.append(writer.next(0));
  await limit(namespace, { max_bytes: 3_000 });
  const next = writer.next(first, 'x'.repeat(4_000));

  await expect(journal.append(next)).rejects.toMatchObject({
    code: 'journal.unavailable',
    message: expect.stringMatching(/journal is full.*10077/),
  });
  await limit(namespace, { max_bytes: -1 });
  expect(await journal.append(next)).toBeGreaterThan(first);
  await close();
});

test('says that one record of a crowd is too large for the server, and stores the others', async () => {
  const namespace = freshNamespace();
  const { journal, close } = await connectJetStream({ url: server.url, namespace });
  await limit(namespace, { max_msg_size: 10_000 });
  const settled = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => {
      const padding = index === 7 ? 'x'.repeat(20_000) : '';

      return journal.append(createRecordWriter(`run-${index}`).next(0, padding));
    }),
  );

  const refused = settled.flatMap((one, index) =>
    one.status === 'rejected' ? [[index, one.reason.code]] : [],
  );
  expect(refused).toEqual([[7, 'journal.record-too-large']]);
  await close();
});

async function limit(namespace: string, settings: object): Promise<void> {
  const stream = `WF_${namespace.toUpperCase()}_JOURNAL`;
  const connection = await connect({ servers: server.url });
  const info = (await connection.request(`$JS.API.STREAM.INFO.${stream}`, '{}')).json<{ config: object }>();
  const changed = JSON.stringify({ ...info.config, ...settings });
  const answer = await connection.request(`$JS.API.STREAM.UPDATE.${stream}`, changed);
  expect(answer.json()).not.toHaveProperty('error');
  await connection.close();
}
