// Outcomes on a stream of a real server.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventOutcome } from '../../../../events/event-outcome.ts';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { eventOutcomesContract } from '../../../contract/event-outcomes-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace, publish } from '../open-jetstream.ts';
import { openEventOutcomes } from '../open-ports.ts';
import { connectRaw } from '../raw-client.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

eventOutcomesContract(() => openEventOutcomes({ url: server.url }));

const outcome = (position: number): EventOutcome => ({
  ...{ position, at: '2026-01-01T00:00:00.000Z', status: 'taken', type: 'a', effects: [] },
});

test('the stream is made by the first outcome, and keeps 30 days and a million', async () => {
  const namespace = freshNamespace();
  const { outcomesStream } = namesOf(namespace);
  const { outcomes, close } = await connectJetStream({ url: server.url, namespace });
  await outcomes.note(outcome(1));
  const raw = await connectRaw(server.url);

  expect((await raw.api(`STREAM.INFO.${outcomesStream}`)).config).toMatchObject({
    storage: 'file',
    discard: 'old',
    max_age: 30 * 24 * 3600 * 1e9,
    max_msgs: 1_000_000,
  });
  await raw.close();
  await close();
});

test('what is no outcome is left out, and a stream that somebody deleted is made again', async () => {
  const namespace = freshNamespace();
  const names = namesOf(namespace);
  const { outcomes, close } = await connectJetStream({ url: server.url, namespace });
  await outcomes.note(outcome(1));
  await publish(server.url, { subject: names.outcomeSubject({ ...outcome(2) }), body: '{"position":2}' });
  expect(await outcomes.list({ limit: 10 })).toEqual([{ place: 1, outcome: outcome(1) }]);
  expect(await outcomes.of(2)).toBeUndefined();

  await publish(server.url, { subject: `$JS.API.STREAM.DELETE.${names.outcomesStream}`, body: '' });
  expect(await outcomes.list({ limit: 10 })).toEqual([]);
  await outcomes.note(outcome(3));
  expect(await outcomes.list({ limit: 10 })).toEqual([{ place: 1, outcome: outcome(3) }]);
  await close();
});
