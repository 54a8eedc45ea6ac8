// The server dies by SIGKILL and comes back on the same store: what was acknowledged is there, appends and watches
// go on by themselves, and nothing is told twice.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import { collect, positionsOf, take } from '../../contract/open-journal.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { createRecordWriter } from '../../support/records.ts';
import { consumersOf, freshNamespace } from './open-jetstream.ts';

const RUNS = Array.from({ length: 30 }, (_, index) => `run-${index}`);
const CRASHES = 3;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('loses no acknowledged append, and a watch tells each once, over several crashes', async () => {
  const { journal, close } = await connectJetStream({ url: server.url, namespace: freshNamespace() });
  const watched: number[] = [];
  const stop = new AbortController();
  const watching = follow(journal, watched, stop.signal);
  const finish = new AbortController();
  const acked = RUNS.map((run) => appendUntil(journal, run, finish.signal));

  for (let count = 0; count < CRASHES; count++) {
    const before = watched.length;
    await expect.poll(() => watched.length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(before + 200);
    await crash();
  }
  finish.abort();
  const positions = await Promise.all(acked);
  const total = positions.flat().length;
  await expect.poll(() => watched.length, { timeout: 20_000 }).toBe(total);
  stop.abort();
  await watching;

  for (const [index, run] of RUNS.entries()) {
    expect(positionsOf(await collect(journal.read(run)))).toEqual(positions[index]);
  }
  expect(watched).toEqual(positions.flat().sort((a, b) => a - b));
  await close();
});

test('gives leases up with a server that forgets them, and lets them be claimed again', async () => {
  const { leases, close } = await connectJetStream({ url: server.url, namespace: freshNamespace() });
  const holder = { node: 'one', host: 'host-a', pid: 1 };
  const told: (string | undefined)[] = [];
  const stop = new AbortController();
  await leases.claim('a', holder);
  await leases.watch((_, now) => told.push(now?.node), stop.signal);
  await crash();

  await expect.poll(() => told, { timeout: 10_000 }).toEqual(['one', undefined]);
  expect(await leases.claim('a', holder)).toBeDefined();
  await expect.poll(() => told, { timeout: 10_000 }).toEqual(['one', undefined, 'one']);
  stop.abort();
  await close();
});

test('leaves no consumer behind when an iteration is left early', async () => {
  const namespace = freshNamespace();
  const { journal, close } = await connectJetStream({ url: server.url, namespace });
  const writer = createRecordWriter('alpha');
  let position = 0;
  for (let count = 0; count < 10; count++) position = await journal.append(writer.next(position));
  await take(journal.read('alpha'), 3);
  await take(journal.lastOfEach(), 1);
  await take(journal.watch({ after: 0, signal: new AbortController().signal }), 2);

  const { connection, consumers } = await consumersOf(server.url, `WF_${namespace.toUpperCase()}_JOURNAL`);
  await expect.poll(consumers, { timeout: 5_000 }).toBe(0);
  await connection.close();
  await close();
});

async function crash(): Promise<void> {
  await server.kill9();
  // A thread that waits for the disk keeps the port for a moment after the process is said to be gone.
  const restarted = (): Promise<string> => server.restart().then(() => 'up', String);
  await expect.poll(restarted, { timeout: 20_000 }).toBe('up');
}

async function follow(journal: Journal, into: number[], signal: AbortSignal): Promise<void> {
  for await (const { position } of journal.watch({ after: 0, signal })) into.push(position);
}

async function appendUntil(journal: Journal, run: string, signal: AbortSignal): Promise<number[]> {
  const writer = createRecordWriter(run);
  const positions: number[] = [];
  while (!signal.aborted) positions.push(await journal.append(writer.next(positions.at(-1) ?? 0)));

  return positions;
}
