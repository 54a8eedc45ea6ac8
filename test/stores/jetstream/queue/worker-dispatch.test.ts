// Engines hand items to connected workers, past the queue on the server. Method: see dispatch-stage.ts; a real server.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connectWorkerLink } from '../../../../src/stores/jetstream/queue/worker-link.ts';
import { never } from '../../../contract/open-work.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace } from '../open-jetstream.ts';
import { isKnown, openEngine, openWorker, type Place, run, runs, taken } from './dispatch-stage.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const soon = { timeout: 15_000, interval: 10 };
const fresh = (): Place => ({ url: server.url, namespace: freshNamespace() });

test('an item is begun in the name of a worker with room, and handed to it past the queue', async () => {
  const place = fresh();
  const engine = await openEngine(place, () => ({ ok: true, heartbeatMs: 700 }));
  const worker = await openWorker(place, 'w-1');
  await isKnown(engine, worker);
  await engine.offer(run(0));
  const item = await taken(worker);

  expect(item).toMatchObject({ item: { run: run(0) }, granted: { ok: true, heartbeatMs: 700 } });
  expect(engine.told).toMatchObject([{ kind: 'start', run: run(0), worker: 'w-1', handed: true }]);
  expect((await engine.stream.workDepths()).get('ada')).toEqual({ waiting: 0, taken: 0 });
  expect(await worker.says('complete', item)).toEqual({ ok: true, heartbeatMs: 700 });
  expect(engine.told.at(-1)).toMatchObject({ kind: 'complete', output: 'done', handed: true });
});

test('a worker is handed no more than it has room for, and the next one when it is done with one', async () => {
  const place = fresh();
  const engine = await openEngine(place);
  const worker = await openWorker(place, 'w-1', 2);
  await isKnown(engine, worker);
  for (const at of [0, 1, 2]) await engine.offer(run(at));
  const first = await taken(worker);
  await taken(worker);

  expect(await worker.next(300)).toBeUndefined();
  expect(await worker.says('complete', first)).toEqual({ ok: true });
  expect((await taken(worker)).item.run).toBe(run(2));
});

test('an attempt that may not begin yet is handed out later, and one that is over to nobody', async () => {
  const place = fresh();
  const denied = { ok: false, code: 'run.paused', message: 'not now' };
  let asked = 0;
  const engine = await openEngine(place, (report) => {
    if (report.kind !== 'start') return { ok: true };
    if (report.run === run(1)) return { ...denied, next: 'drop' };
    if (report.run !== run(0)) return { ok: true };
    asked += 1;

    return asked < 3 ? { ...denied, next: 'wait', retryAfterMs: 20 } : { ok: true };
  });
  const worker = await openWorker(place, 'w-1');
  await isKnown(engine, worker);
  await engine.offer(run(1));
  await engine.offer(run(0));

  expect((await taken(worker)).item.run).toBe(run(0));
  expect(asked).toBe(3);
  expect(await worker.next(300)).toBeUndefined();
});

test('an attempt that is over while a worker has it makes room for the next one at once', async () => {
  const place = fresh();
  const engine = await openEngine(place);
  const worker = await openWorker(place, 'w-1');
  await isKnown(engine, worker);
  const stopped: string[] = [];
  onTestFinished(worker.link.onStop('ada', ({ attemptKey }) => stopped.push(attemptKey)));
  await engine.offer(run(0));
  const item = await taken(worker);
  await engine.offer(run(1));
  const attemptKey = `${run(0)}/build/1`;
  await engine.stream.workQueue.withdraw({ agent: 'ada', attemptKey, reason: 'timed out' });
  await expect.poll(() => stopped, soon).toEqual([attemptKey]);
  await item.done();

  expect((await taken(worker)).item.run).toBe(run(1));
});

test('an item that was handed to a worker that is gone goes to another one', async () => {
  const place = fresh();
  const engine = await openEngine(place);
  const gone = await openWorker(place, 'w-gone');
  await isKnown(engine, gone);
  await gone.link.close();
  const worker = await openWorker(place, 'w-2');
  await engine.offer(run(0));
  await engine.offer(run(1));
  const found: string[] = [];
  for (const _ of [0, 1]) {
    const item = await taken(worker);
    await worker.says('complete', item);
    await item.done();
    found.push(item.item.run);
  }

  expect(new Set(found)).toEqual(new Set([run(0), run(1)]));
});

test('what a worker gives back is begun by the next one at once, and nobody waits for its claim', async () => {
  const place = fresh();
  const engine = await openEngine(place);
  const first = await openWorker(place, 'w-1');
  await isKnown(engine, first);
  await engine.offer(run(0));
  const item = await taken(first);
  first.leave();
  const second = await openWorker(place, 'w-2');
  await first.says('release', item);
  await item.giveBack(0);

  expect((await taken(second)).item.run).toBe(run(0));
  const kinds = engine.told
    .filter((each) => each.run === run(0))
    .map(({ kind, worker }) => `${kind} ${worker}`);
  expect(kinds.slice(0, 2)).toEqual(['start w-1', 'release w-1']);
  expect(kinds.at(-1)).toBe('start w-2');
});

test('a worker that leaves still tells what came of what it has', async () => {
  const place = fresh();
  const engine = await openEngine(place);
  const worker = await openWorker(place, 'w-1');
  await isKnown(engine, worker);
  await engine.offer(run(0));
  const item = await taken(worker);
  worker.leave();

  expect(await worker.says('complete', item)).toEqual({ ok: true });
});

test('where its engine is gone, a worker tells whoever owns the run then', async () => {
  const place = fresh();
  const first = await openEngine(place);
  const worker = await openWorker(place, 'w-1');
  await isKnown(first, worker);
  await first.offer(run(0));
  const item = await taken(worker);
  await first.end();
  const second = await openEngine(place);

  expect(await worker.says('complete', item)).toEqual({ ok: true });
  expect(second.told).toMatchObject([{ kind: 'complete', run: run(0), handed: true }]);
});

test('two engines share the room of a worker, and neither waits for ever', async () => {
  const place = fresh();
  const engines = [await openEngine(place), await openEngine(place)];
  const worker = await openWorker(place, 'w-1');
  for (const engine of engines) await isKnown(engine, worker);
  for (const at of [0, 1, 2, 3, 4, 5]) await engines[at % 2]?.offer(run(at));
  const done = new Set<string>();
  while (done.size < 6) {
    const item = await taken(worker);
    expect(await worker.next(0)).toBeUndefined();
    await worker.says('complete', item);
    await item.done();
    done.add(item.item.run);
  }

  expect(done).toEqual(new Set(runs.slice(0, 6)));
});

test('a worker that takes no handed items still gets them from the queue', async () => {
  const place = fresh();
  const engine = await openEngine(place);
  const busy = await openWorker(place, 'w-1');
  await isKnown(engine, busy);
  await engine.offer(run(0));
  await taken(busy);
  const old = await connectWorkerLink(place);
  onTestFinished(() => old.close());
  old.hello({
    ...{ protocol: 1, worker: 'w-old', agent: 'ada', skills: [], capacity: 1, running: 0, utilisation: 0 },
    ...{
      language: 'test',
      host: 'here',
      startedAt: '2026-01-01T00:00:00.000Z',
      everyMs: 5_000,
      leaving: false,
    },
  });
  await engine.offer(run(1));

  const found = await old.claim('ada', { waitMs: 20_000, signal: never });
  expect(found).toMatchObject({ item: { run: run(1) } });
  expect(found?.granted).toBeUndefined();
  expect(engine.told.filter((each) => each.run === run(1))).toEqual([]);
});
