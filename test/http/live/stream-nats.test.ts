// The event stream over a real server: what lands is told each once and in order, though the server dies by SIGKILL in
// the midst of it, the client comes back, and it comes back to another engine.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock as clock } from '../../../src/compose/system-clock.ts';
import { createBoard } from '../../../src/engine/board/board.ts';
import { addStreamRoutes } from '../../../src/http/routes/system/stream.ts';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import { indexedJournal, linesOf } from '../../support/indexed.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { createWriting, openApi, openLiveWorld, readStream, seen } from '../live-world.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const namespace = 'stream-nats';

/** An engine as far as the stream needs one: its board and its route. */
async function openEngine() {
  const handle = await connectJetStream({ url: server.url, namespace });
  const board = createBoard({ ...indexedJournal(handle.journal), clock, onTrouble: () => {} });
  const api = openApi();
  const world = openLiveWorld();
  addStreamRoutes(api, { ...world.deps, clock, board, boundsOf: () => undefined });
  const follow = async (after: number) => {
    const headers = after === 0 ? {} : { 'Last-Event-ID': String(after) };
    return readStream(await api.request('/api/v1/stream', { headers }));
  };

  return {
    handle,
    board,
    follow,
    close: async () => {
      await Promise.all([board.close(), world.board.close()]);
      await handle.close();
    },
  };
}

type Reader = ReturnType<typeof readStream>;

async function positions(reader: Reader, count: number): Promise<readonly number[]> {
  const told: number[] = [];
  while (told.length < count) {
    const message = await reader.next();
    if (message.kind === 'run') told.push(message.position);
  }

  return told;
}

test('tells each event once and in order over a crash of the server and a change of the engine', async () => {
  const [one, other] = [await openEngine(), await openEngine()];
  const write = createWriting(one.handle.journal);
  const first = await one.follow(0);
  expect(await first.next()).toMatchObject({ kind: 'snapshot', position: 0 });
  for (let count = 0; count < 10; count++) await write(`run-${count % 3}`);
  expect(await positions(first, 6)).toEqual([1, 2, 3, 4, 5, 6]);

  const writing = (async () => {
    for (let count = 0; count < 40; count++) await write(`run-${count % 3}`);
  })();
  await server.kill9();
  await server.restart();
  expect(await positions(first, 14)).toEqual(Array.from({ length: 14 }, (_, index) => index + 7));
  await first.stop();
  await writing;

  // The client has seen 20, and comes back to another engine, which knows them, too.
  const second = await other.follow(20);
  const end = await write('run-0');
  expect(await positions(second, 31)).toEqual(Array.from({ length: 31 }, (_, index) => index + 21));
  await Promise.all([seen(one.board, end), seen(other.board, end)]);
  expect((await linesOf(other.board)).map(({ run, sequence }) => [run, sequence])).toEqual(
    (await linesOf(one.board)).map(({ run, sequence }) => [run, sequence]),
  );
  await second.stop();

  // An engine that begins now knows nothing of what landed before it but from the journal.
  const late = await openEngine();
  await late.board.ready;
  const third = await late.follow(3);
  expect(await positions(third, 48)).toEqual(Array.from({ length: 48 }, (_, index) => index + 4));
  await third.stop();
  await Promise.all([one, other, late].map((engine) => engine.close()));
});
