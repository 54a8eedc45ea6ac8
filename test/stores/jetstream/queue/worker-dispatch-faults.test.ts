// What becomes of handed items where something goes wrong. Method: see dispatch-stage.ts; a real server that is killed,
// and engines that grant an attempt to one worker at a time, as those of the product do.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Json } from '../../../../events/canonical-json.ts';
import { attemptKeyOf, type Report } from '../../../../events/worker-protocol.ts';
import { systemClock } from '../../../../src/compose/system-clock.ts';
import type { ClaimedItem } from '../../../../src/ports/work/worker-link.ts';
import { connectWorkerLink } from '../../../../src/stores/jetstream/queue/worker-link.ts';
import { runWorker } from '../../../../src/worker/run-worker.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace } from '../open-jetstream.ts';
import { isKnown, openEngine, openWorker, type Place, run, runs, taken } from './dispatch-stage.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const soon = { timeout: 20_000, interval: 10 };
const fresh = (): Place => ({ url: server.url, namespace: freshNamespace() });

/** Grants each attempt to one worker, until that one gives it back or ends it. */
function oneHolder(holders = new Map<string, string>()) {
  return (report: Report): Json => {
    const key = attemptKeyOf(report);
    const holder = holders.get(key);
    if (report.kind === 'start' && holder !== undefined && holder !== report.worker)
      return { ok: false, code: 'task.other-worker', message: holder, next: 'wait', retryAfterMs: 100 };
    if (report.kind === 'start') holders.set(key, report.worker);
    else if (holder === report.worker && report.kind !== 'heartbeat') holders.delete(key);

    return { ok: true };
  };
}

test('engines that both have more than the worker takes get a turn each', async () => {
  const place = fresh();
  const engines = [await openEngine(place), await openEngine(place)];
  const worker = await openWorker(place, 'w-1');
  for (const engine of engines) await isKnown(engine, worker);
  for (let at = 0; at < 60; at += 1) await engines[at % 2]?.offer(run(at));
  for (let done = 0; done < 30; done += 1) {
    const item = await taken(worker);
    await worker.says('complete', item);
    await item.done();
  }

  const ended = engines.map(({ told }) => told.filter(({ kind }) => kind === 'complete').length);
  expect(Math.min(...ended)).toBeGreaterThan(5);
});

test('what a worker carries out stays with it while the server is killed and comes back', async () => {
  const own = await startTestServer();
  onTestFinished(() => own.stop());
  const place = { url: own.url, namespace: freshNamespace() };
  const engine = await openEngine(place, oneHolder());
  const worker = await openWorker(place, 'w-1');
  await isKnown(engine, worker);
  await engine.offer(run(0));
  const item = await taken(worker);
  await own.kill9();
  await own.restart();
  const other = await openWorker(place, 'w-2');
  await engine.offer(run(1));

  expect((await taken(other)).item.run).toBe(run(1));
  expect(await other.next(1_000)).toBeUndefined();
  expect(engine.told.filter(({ kind }) => kind === 'release')).toEqual([]);
  expect(await worker.says('complete', item)).toEqual({ ok: true });
  await item.done();
  await engine.offer(run(2));
  let next = await taken(worker);
  // While the server was away it may have gone to the queue, too: then nobody has begun it, and whoever takes it asks.
  if (next.item.run === run(0)) {
    expect(next.granted).toBeUndefined();
    await next.done();
    next = await taken(worker);
  }
  expect(next.item.run).toBe(run(2));
});

test('a worker that carries out what an engine that is gone gave it gets nothing that it has no room for', async () => {
  const place = fresh();
  const first = await openEngine(place, oneHolder());
  const busy = await openWorker(place, 'w-1');
  await isKnown(first, busy);
  await first.offer(run(0));
  await taken(busy);
  await first.end();
  const second = await openEngine(place, oneHolder());
  const idle = await openWorker(place, 'w-2');
  await isKnown(second, idle);
  const found: ClaimedItem[] = [];
  for (const at of [1, 2, 3]) {
    await second.offer(run(at));
    const item = await taken(idle);
    await idle.says('complete', item);
    await item.done();
    found.push(item);
  }

  expect(found.map(({ item }) => item.run)).toEqual([run(1), run(2), run(3)]);
  expect(await busy.next(0)).toBeUndefined();
});

test('a worker whose handler does not heed that it is to stop gets nothing in its place', async () => {
  const place = fresh();
  const engine = await openEngine(place, oneHolder());
  const link = await connectWorkerLink(place);
  onTestFinished(() => link.close());
  const begun: string[] = [];
  let offered = 0;
  let end = (): void => undefined;
  const handlers = ({ run: of }: { readonly run: string }): Promise<Json> => {
    begun.push(of);

    return of === run(70)
      ? new Promise((resolve) => {
          end = () => resolve(null);
        })
      : Promise.resolve(null);
  };
  const introduction = {
    worker: 'w-deaf',
    agent: 'ada',
    capacity: 1,
    skills: [],
    language: 'test',
    host: 'here',
  };
  const worker = runWorker(introduction, { link, clock: systemClock, handlers, onProgress: () => undefined });
  onTestFinished(() => worker.drain(0));
  await expect
    .poll(async () => {
      offered += 1;
      await engine.offer(run(offered));
      return engine.told.some(
        ({ kind, worker: of, handed }) => kind === 'complete' && of === 'w-deaf' && handed,
      );
    }, soon)
    .toBe(true);
  await engine.offer(run(70));
  await expect.poll(() => begun, soon).toContain(run(70));
  await engine.stream.workQueue.withdraw({
    ...{ agent: 'ada', attemptKey: `${run(70)}/build/1`, reason: 'timed out' },
  });
  await engine.offer(run(71));
  const other = await openWorker(place, 'w-2');

  expect((await taken(other)).item.run).toBe(run(71));
  expect(begun.at(-1)).toBe(run(70));
  end();
  await engine.offer(run(72));
  await engine.offer(run(73));
  await expect.poll(() => begun.at(-1), soon).not.toBe(run(70));
  expect(runs.length).toBeGreaterThan(73);
});
