// A publish whose answer is lost may be stored, not stored, or land later. These tests pin down that an append tells
// the truth in all cases. Method: a proxy that swallows answers, delays requests and cuts connections.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { bodiesOf, collect, positionsOf } from '../../contract/open-journal.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { createRecordWriter } from '../../support/records.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { openJetStreamJournal } from './open-jetstream.ts';

let server: TestServer;
let proxy: TcpProxy;
let it: Awaited<ReturnType<typeof openJetStreamJournal>>;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  proxy = await startTcpProxy(server.url);
  it = await openJetStreamJournal(server.url, proxy.url);
});
afterEach(async () => {
  await it.close();
  await proxy.close();
});

test('finds its own record when the answer was lost', async () => {
  const writer = createRecordWriter('alpha');
  const first = await it.journal.append(writer.next(0));
  const swallowed = proxy.swallowAnswer();
  const second = it.journal.append(writer.next(first));
  await swallowed;

  expect(positionsOf(await collect(it.other.read('alpha')))).toEqual([first, await second]);
});

test('finds its own record also when another writer went on behind it', async () => {
  const writer = createRecordWriter('alpha');
  const swallowed = proxy.swallowAnswer();
  const first = it.journal.append(writer.next(0));
  await swallowed;
  const stored = (await it.other.last('alpha'))?.position ?? 0;
  await it.other.append(writer.next(stored));

  expect(await first).toBe(stored);
  expect(await collect(it.other.read('alpha'))).toHaveLength(2);
});

test('tells a conflict when the answer was lost and another writer had been first', async () => {
  const winner = createRecordWriter('alpha', 'other').next(0);
  const held = proxy.holdRequest();
  const append = it.journal.append(createRecordWriter('alpha').next(0));
  const putBack = await held;
  await it.other.append(winner);
  const swallowed = proxy.swallowAnswer();
  putBack();
  await swallowed;

  await expect(append).rejects.toMatchObject({ code: 'journal.conflict' });
  expect(bodiesOf(await collect(it.other.read('alpha')))).toEqual([winner.body]);
});

test('stores a record once when the first request lands after its own retry', async () => {
  const writer = createRecordWriter('alpha');
  const held = proxy.holdRequest();
  const append = it.journal.append(writer.next(0));
  const putBack = await held;
  const position = await append;
  putBack();

  // Whatever follows on the same connection is handled after the late request.
  const next = await it.journal.append(writer.next(position));
  expect(positionsOf(await collect(it.other.read('alpha')))).toEqual([position, next]);
});

test('stores every record of a crowd once when the answer to its batch was lost', async () => {
  const writers = Array.from({ length: 40 }, (_, index) => createRecordWriter(`run-${index}`));
  const swallowed = proxy.swallowAnswer();
  const appends = writers.map((writer) => writer.next(0));
  const positions = Promise.all(appends.map((append) => it.journal.append(append)));
  await swallowed;

  const index = new Map((await positions).map((position, at) => [appends[at]?.run, position]));
  const stored = await collect(it.other.lastOfEach());
  expect(new Map(stored.map(({ run, position }) => [run, position]))).toEqual(index);
  for (const { run } of appends) expect(await collect(it.other.read(run))).toHaveLength(1);
});

test('stores every record of a crowd once when the connection breaks in the middle of its batch', async () => {
  const appends = Array.from({ length: 40 }, (_, index) => createRecordWriter(`run-${index}`).next(0));
  const broken = proxy.cutAfter(20_000);
  const positions = Promise.all(appends.map((append) => it.journal.append(append)));
  await broken;
  await positions;

  for (const { run, body } of appends) expect(bodiesOf(await collect(it.other.read(run)))).toEqual([body]);
});

test('watches on without a hole when the delivery of a message was lost', async () => {
  const writer = createRecordWriter('alpha');
  const first = await it.other.append(writer.next(0));
  const messages = it.journal
    .watch({ after: 0, signal: new AbortController().signal })
    [Symbol.asyncIterator]();
  const told = [(await messages.next()).value?.position];

  const swallowed = proxy.swallowAnswer();
  const second = await it.other.append(writer.next(first));
  await swallowed;
  const third = await it.other.append(writer.next(second));
  while (told.length < 3) told.push((await messages.next()).value?.position);
  await messages.return?.();

  expect(told).toEqual([first, second, third]);
});
