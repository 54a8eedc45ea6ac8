// The event stream tells each event once and in order, whatever happens to the client. Method: the route over a board
// and a journal in memory; a client that reads the bytes, goes away and comes back with the last id that it saw.
import { afterEach, expect, test } from 'vitest';
import { answerError } from '../../../../src/http/problem.ts';
import { addStreamRoutes } from '../../../../src/http/routes/system/stream.ts';
import { createMemoryJournal, type MemoryJournal } from '../../../../src/stores/memory/journal.ts';
import {
  createWriting,
  type LiveWorld,
  one,
  openApi,
  openLiveWorld,
  readStream,
  seen,
  type Told,
  two,
} from '../../live-world.ts';

type Reader = ReturnType<typeof readStream>;

const worlds: LiveWorld[] = [];
const readers: Reader[] = [];
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.stop()));
  await Promise.all(worlds.splice(0).map(({ board }) => board.close()));
});

function openWorld(journal?: MemoryJournal) {
  const world = openLiveWorld(journal);
  worlds.push(world);
  const api = openApi();
  api.onError(answerError(() => undefined));
  addStreamRoutes(api, { ...world.deps, boundsOf: () => undefined });
  const follow = async (headers: Record<string, string> = {}, query = ''): Promise<Reader> => {
    const response = await api.request(`/api/v1/stream${query}`, { headers });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = readStream(response);
    readers.push(reader);
    return reader;
  };

  return { ...world, api, follow };
}

function placeOf(told: Told): unknown {
  return told.kind === 'run' ? [told.position, told.run, told.sequence] : told;
}

test('tells what attempts of a run print to whoever asks for it, and to nobody else', async () => {
  const { follow, print, write } = openWorld();
  await write(one);
  const printed = { task: 'talk', attempt: 1, stream: 'stdout', time: '2026-11-28T10:00:00Z' } as const;
  const asking = await follow({}, `?run=${one}&printed=true`);
  const other = await follow({}, `?run=${one}`);
  await Promise.all([asking.next(), other.next()]);
  print(two, { ...printed, first: 0, lines: ['of another run'] });
  print(one, { ...printed, first: 3, lines: ['on the way'] });
  expect(await asking.next()).toEqual({
    kind: 'printed',
    run: one,
    ...printed,
    first: 3,
    lines: ['on the way'],
  });

  await write(one);
  expect((await other.next()).kind).toBe('run');
});

test('begins with where it stands, and tells each event as it lands', async () => {
  const { follow, write } = openWorld();
  await write(one);
  const reader = await follow();
  expect(await reader.next()).toEqual({ kind: 'snapshot', position: 1, reason: 'new' });

  await write(two);
  await write(one);
  expect(placeOf(await reader.next())).toEqual([2, two, 1]);
  expect(await reader.next()).toMatchObject({
    kind: 'run',
    position: 3,
    run: one,
    type: 'run.paused',
    actor: 'test',
    line: { run: one, sequence: 2, status: 'RUNNING', definition: { id: 'demo' } },
  });
});

test('tells a client that comes back all that it missed, each once and in order', async () => {
  const { follow, write, board } = openWorld();
  const reader = await follow();
  await reader.next();
  await write(one);
  expect(placeOf(await reader.next())).toEqual([1, one, 1]);
  await reader.stop();
  for (const run of [two, one, two]) await write(run);
  await seen(board, 4);

  const back = await follow({ 'Last-Event-ID': '1' });
  await write(one);
  const told = [await back.next(), await back.next(), await back.next(), await back.next()];
  expect(told.map(placeOf)).toEqual([
    [2, two, 1],
    [3, one, 2],
    [4, two, 2],
    [5, one, 3],
  ]);
});

test('reads from the journal what landed before this engine was there', async () => {
  const journal = createMemoryJournal();
  const write = createWriting(journal);
  for (const run of [one, two, one]) await write(run);
  const { follow, board } = openWorld(journal);
  await board.ready;
  expect(board.since(1)).toBeUndefined();
  const reader = await follow({}, '?after=1');
  await write(two);

  expect([await reader.next(), await reader.next(), await reader.next()].map(placeOf)).toEqual([
    [2, two, 1],
    [3, one, 2],
    [4, two, 2],
  ]);
});

test('has a client begin anew whose place is of another journal', async () => {
  const { follow, write } = openWorld();
  await write(one);
  const reader = await follow({ 'Last-Event-ID': '17' });

  expect(await reader.next()).toEqual({ kind: 'snapshot', position: 1, reason: 'gap' });
});

test('refuses an id that is none of the stream, and begins anew without one', async () => {
  const { api, follow, write } = openWorld();
  await write(one);
  for (const id of ['abc', '1.5', '-1', '0x1', '1'.repeat(30)]) {
    const refused = await api.request('/api/v1/stream', { headers: { 'Last-Event-ID': id } });
    expect([id, refused.status]).toEqual([id, 400]);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await refused.json()).toMatchObject({ code: 'http.last-event-id', retryable: false });
  }
  const reader = await follow({ 'Last-Event-ID': '' });

  expect(await reader.next()).toEqual({ kind: 'snapshot', position: 1, reason: 'new' });
});

test('tells one run alone to a client that asks for it', async () => {
  const { follow, write } = openWorld();
  const reader = await follow({}, `?run=${two}`);
  await reader.next();
  for (const run of [one, two, one, two]) await write(run);

  expect([await reader.next(), await reader.next()].map(placeOf)).toEqual([
    [2, two, 1],
    [4, two, 2],
  ]);
});

test('says that the agents have changed, what alerts say, and that it is still there', async () => {
  const { follow, clock, depths, say } = openWorld();
  const reader = await follow();
  await reader.next();
  await settled();
  depths.set('SCANNER', { waiting: 3, taken: 0 });
  clock.advance(1_000);
  expect(await reader.next()).toEqual({ kind: 'agents' });

  say({
    id: 'a1',
    rule: 'late',
    on: 'run_late',
    subject: 'x',
    text: 'it is late',
    at: '2026-01-01T00:00:00Z',
    run: one,
  });
  expect(await reader.next()).toEqual({ kind: 'alert', rule: 'late', text: 'it is late', run: one });

  await settled();
  clock.advance(15_000);
  expect(await reader.next()).toMatchObject({ kind: 'comment' });
});

test('lets go of a client that has gone, and of one that does not read', async () => {
  const { follow, clock, clients, write, board } = openWorld();
  const reader = await follow();
  await reader.next();
  expect(clients.count).toBe(1);
  await reader.stop();
  await settled();
  expect(clients.count).toBe(0);

  await follow();
  for (let count = 1; count <= 40; count++) await write(one);
  await seen(board, 40);
  await settled();
  clock.advance(15_000);
  await settled();
  expect(clients.count).toBe(1);
  clock.advance(15_000);
  await settled();
  expect(clients.count).toBe(0);
});

test('keeps a client that reads, however much is always on its way to it', async () => {
  const { follow, clock, clients, write, board } = openWorld();
  const reader = await follow();
  for (let count = 1; count <= 40; count++) await write(one);
  await seen(board, 40);
  for (let beat = 1; beat <= 4; beat++) {
    for (let count = 0; count < 5; count++) await reader.next();
    await settled();
    clock.advance(15_000);
    await settled();
    expect(clients.count).toBe(1);
  }
});

test('is ended for whoever would not be let in any more', async () => {
  const { board, clock, clients, deps } = openWorld();
  await board.ready;
  const welcome = new Set(['ada', 'bob']);
  const api = openApi();
  api.use((c, next) => {
    const name = c.req.query('as') ?? '';
    const isStillLetIn = async () => welcome.has(name);
    const signIn = () => Promise.reject(new Error('not asked for here'));
    c.set('visitor', { isSignedIn: true, signIn, caller: { actor: name }, isStillLetIn });
    return next();
  });
  addStreamRoutes(api, { ...deps, boundsOf: () => undefined });
  const [ada, bob] = await Promise.all(
    ['ada', 'bob'].map(async (name) => readStream(await api.request(`/api/v1/stream?as=${name}`))),
  );
  if (ada === undefined || bob === undefined) throw new Error('nobody follows');
  readers.push(ada, bob);
  await Promise.all([ada.next(), bob.next()]);
  welcome.delete('ada');
  clock.advance(15_000);

  expect(await bob.next()).toMatchObject({ kind: 'comment' });
  await expect(ada.next()).rejects.toThrow('the stream ended');
  expect(clients.count).toBe(1);
});

test('tells 200 clients the same with one listener on the board', async () => {
  const { follow, write, board, clients } = openWorld();
  let listeners = 0;
  const { onLanded } = board;
  Object.assign(board, {
    onLanded: (listener: Parameters<typeof onLanded>[0]) => {
      listeners += 1;
      return onLanded(listener);
    },
  });
  const all = await Promise.all(Array.from({ length: 200 }, () => follow()));
  await Promise.all(all.map((reader) => reader.next()));
  expect(clients.count).toBe(200);
  expect(listeners).toBe(1);
  await write(one);
  await write(two);

  for (const reader of all) {
    expect([placeOf(await reader.next()), placeOf(await reader.next())]).toEqual([
      [1, one, 1],
      [2, two, 1],
    ]);
  }
});

test('refuses a place that is none', async () => {
  const { api } = openWorld();

  expect((await api.request('/api/v1/stream?after=-1')).status).toBe(400);
});

/** What is only a matter of promises has come about. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
