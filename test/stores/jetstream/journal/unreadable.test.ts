// Records that a server counts and cannot read, because a bit of its file is turned over: nobody who reads the journal
// waits for them. Method: a real server, whose file is damaged while it is down.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream, type JetStreamHandle } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { appendMany, collect, positionsOf, take } from '../../../contract/open-journal.ts';
import { harmRecord } from '../../../faults/damaged-store.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';

const namespace = 'unread';
let server: TestServer;
let stream: JetStreamHandle;
let alpha: readonly number[];
let beta: readonly number[];
let gamma: readonly number[];

beforeAll(async () => {
  server = await startTestServer();
  const before = await connectJetStream({ url: server.url, namespace });
  alpha = await appendMany(before.journal, 'alpha', { count: 3 });
  beta = await appendMany(before.journal, 'beta', { count: 3 });
  gamma = await appendMany(before.journal, 'gamma', { count: 3 });
  await before.close();
  await server.end();
  // The last of one run, one in the middle of another, and the very last of all.
  for (const position of [alpha[2], beta[1], gamma[2]])
    await harmRecord(server.storeDir, position ?? 0, { stream: namesOf(namespace).journalStream });
  await server.restart();
  stream = await connectJetStream({ url: server.url, namespace });
});
afterAll(async () => {
  await stream?.close();
  await server?.stop();
});

const lost = (run: string, position: number | undefined) =>
  expect.objectContaining({ run, position, kind: 'foreign', code: 'journal.unreadable' });

test('the list of runs has every run, and says of which the last record cannot be read', async () => {
  const last = await collect(stream.journal.lastOfEach());

  expect(last).toHaveLength(3);
  expect(last).toContainEqual(lost('alpha', alpha[2]));
  expect(last).toContainEqual(expect.objectContaining({ run: 'beta', position: beta[2], kind: 'record' }));
  expect(last).toContainEqual(lost('gamma', gamma[2]));
});

test('a run is read up to the record that cannot be read, which is told by its place', async () => {
  const read = await collect(stream.journal.read('alpha'));

  expect(positionsOf(read)).toEqual(alpha);
  expect(read.map(({ kind }) => kind)).toEqual(['record', 'record', 'foreign']);
  expect(read[2]).toEqual(lost('alpha', alpha[2]));
  expect(await stream.journal.last('alpha')).toEqual(lost('alpha', alpha[2]));
  expect(positionsOf(await collect(stream.journal.read('beta')))).toEqual([beta[0], beta[2]]);
  expect(await stream.journal.last('nobody')).toBeUndefined();
  expect(await collect(stream.journal.read('nobody'))).toEqual([]);
});

test('the journal ends with the last record that can be read', async () => {
  expect(await stream.journal.end()).toBe(gamma[1]);
});

test('whoever follows the journal is told when it has all that can be read, and then what lands', async () => {
  const stop = new AbortController();
  const whole = [...alpha.slice(0, 2), beta[0], beta[2], ...gamma.slice(0, 2)];
  let onCaughtUp = (): void => {};
  const caughtUp = new Promise<void>((resolve) => {
    onCaughtUp = resolve;
  });
  const watched = take(stream.journal.watch({ after: 0, signal: stop.signal, onCaughtUp }), whole.length + 1);
  await caughtUp;
  const [landed] = await appendMany(stream.journal, 'delta', { count: 1 });

  expect(positionsOf(await watched)).toEqual([...whole, landed]);
  stop.abort();
});

test('the server counts what it cannot read', async () => {
  const counts = await stream.runCounts();

  expect([counts.get('alpha'), counts.get('beta'), counts.get('gamma')]).toEqual([3, 3, 3]);
  expect(await stream.runCounts('alpha')).toEqual(new Map([['alpha', 3]]));
});
