// Engines hand items to connected workers, past the queue on the server. Method: a real server, the engines' side with
// answers that the test gives, and workers that are links of their own, some of which end without a word.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Json } from '../../../../events/canonical-json.ts';
import type { Hello, Report } from '../../../../events/worker-protocol.ts';
import { shardOf } from '../../../../machines/shard.ts';
import type { ClaimedItem, WorkerLink } from '../../../../src/ports/work/worker-link.ts';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { connectWorkerLink } from '../../../../src/stores/jetstream/queue/worker-link.ts';
import { never, workItem } from '../../../contract/open-work.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace } from '../open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const soon = { timeout: 15_000, interval: 10 };
/** Runs of one shard, which the first engine owns unless it is said otherwise. */
const shard = shardOf('run-1');
const runs = Array.from({ length: 5_000 }, (_, index) => `run-${index + 1}`).filter(
  (run) => shardOf(run) === shard,
);
const run = (at: number): string => runs[at] ?? '';

type Answer = (report: Report) => Json;

/** An engine that owns the shard. */
async function openEngine(namespace: string, answer: Answer = () => ({ ok: true })) {
  const stream = await connectJetStream({ url: server.url, namespace });
  const told: Report[] = [];
  const stop = await stream.workQueue.serve(shard, async (_agent, raw) => {
    told.push(raw as Report);

    return answer(raw as Report);
  });
  const end = async (): Promise<void> => {
    await stop().catch(() => undefined);
    await stream.close();
  };
  onTestFinished(end);

  return { stream, told, end, offer: (name: string) => stream.workQueue.offer(workItem(name)) };
}

async function openWorker(namespace: string, worker: string, capacity = 1) {
  const link = await connectWorkerLink({ url: server.url, namespace });
  onTestFinished(() => link.close());
  link.takesHanded('ada', worker);
  const hello = (leaving = false): Hello => ({
    ...{ protocol: 1, worker, agent: 'ada', skills: [], capacity, running: 0, utilisation: 0 },
    ...{ language: 'test', host: 'here', startedAt: '2026-01-01T00:00:00.000Z', everyMs: 5_000, leaving },
  });
  const listening = link.onRollCall(() => link.hello(hello()));
  onTestFinished(listening);
  link.hello(hello());

  return {
    link,
    leave: () => link.hello(hello(true)),
    next: (waitMs = 10_000) => link.claim('ada', { waitMs, signal: never, worker }),
    says: (kind: 'complete' | 'release', { item }: ClaimedItem) => says(link, { kind, item, worker }),
  };
}

function says(
  link: WorkerLink,
  {
    kind,
    item,
    worker,
  }: Pick<ClaimedItem, 'item'> & { readonly kind: 'complete' | 'release'; readonly worker: string },
) {
  const { run: of, task, attempt, token } = item;
  const report = { protocol: 1, run: of, task, attempt, token, worker } as const;

  return link.report(
    item,
    kind === 'complete' ? { ...report, kind, output: 'done' } : { ...report, kind },
    never,
  );
}

async function taken(worker: {
  readonly next: () => Promise<ClaimedItem | undefined>;
}): Promise<ClaimedItem> {
  const found = await worker.next();
  if (found === undefined) throw new Error('nothing came');

  return found;
}

/** The worker is known where an item is handed to it, and not put into the queue. */
async function isKnown(
  engine: Awaited<ReturnType<typeof openEngine>>,
  worker: Awaited<ReturnType<typeof openWorker>>,
) {
  for (let at = 4_000; ; at += 1) {
    await engine.offer(runs[at % runs.length] ?? '');
    const item = await taken(worker);
    await worker.says('complete', item);
    await item.done();
    if (item.granted !== undefined) break;
  }
  engine.told.length = 0;
}

test('an item is begun in the name of a worker with room, and handed to it past the queue', async () => {
  const namespace = freshNamespace();
  const engine = await openEngine(namespace, () => ({ ok: true, heartbeatMs: 700 }));
  const worker = await openWorker(namespace, 'w-1');
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
  const namespace = freshNamespace();
  const engine = await openEngine(namespace);
  const worker = await openWorker(namespace, 'w-1', 2);
  await isKnown(engine, worker);
  for (const at of [0, 1, 2]) await engine.offer(run(at));
  const first = await taken(worker);
  await taken(worker);

  expect(await worker.next(300)).toBeUndefined();
  expect(await worker.says('complete', first)).toEqual({ ok: true });
  expect((await taken(worker)).item.run).toBe(run(2));
});

test('an attempt that may not begin yet is handed out later, and one that is over to nobody', async () => {
  const namespace = freshNamespace();
  const denied = { ok: false, code: 'run.paused', message: 'not now' };
  let asked = 0;
  const engine = await openEngine(namespace, (report) => {
    if (report.kind !== 'start') return { ok: true };
    if (report.run === run(1)) return { ...denied, next: 'drop' };
    if (report.run !== run(0)) return { ok: true };
    asked += 1;

    return asked < 3 ? { ...denied, next: 'wait', retryAfterMs: 20 } : { ok: true };
  });
  const worker = await openWorker(namespace, 'w-1');
  await isKnown(engine, worker);
  await engine.offer(run(1));
  await engine.offer(run(0));

  expect((await taken(worker)).item.run).toBe(run(0));
  expect(asked).toBe(3);
  expect(await worker.next(300)).toBeUndefined();
});

test('an attempt that is over while a worker has it makes room for the next one at once', async () => {
  const namespace = freshNamespace();
  const engine = await openEngine(namespace);
  const worker = await openWorker(namespace, 'w-1');
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
  const namespace = freshNamespace();
  const engine = await openEngine(namespace);
  const gone = await openWorker(namespace, 'w-gone');
  await isKnown(engine, gone);
  await gone.link.close();
  const worker = await openWorker(namespace, 'w-2');
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
  const namespace = freshNamespace();
  const engine = await openEngine(namespace);
  const first = await openWorker(namespace, 'w-1');
  await isKnown(engine, first);
  await engine.offer(run(0));
  const item = await taken(first);
  first.leave();
  const second = await openWorker(namespace, 'w-2');
  await first.says('release', item);
  await item.giveBack(0);

  expect((await taken(second)).item.run).toBe(run(0));
  const kinds = engine.told
    .filter((each) => each.run === run(0))
    .map(({ kind, worker }) => `${kind} ${worker}`);
  expect(kinds.slice(0, 2)).toEqual(['start w-1', 'release w-1']);
  expect(kinds.at(-1)).toBe(second === undefined ? '' : 'start w-2');
});

test('a worker that leaves still tells what came of what it has', async () => {
  const namespace = freshNamespace();
  const engine = await openEngine(namespace);
  const worker = await openWorker(namespace, 'w-1');
  await isKnown(engine, worker);
  await engine.offer(run(0));
  const item = await taken(worker);
  worker.leave();

  expect(await worker.says('complete', item)).toEqual({ ok: true });
});

test('where its engine is gone, a worker tells whoever owns the run then', async () => {
  const namespace = freshNamespace();
  const first = await openEngine(namespace);
  const worker = await openWorker(namespace, 'w-1');
  await isKnown(first, worker);
  await first.offer(run(0));
  const item = await taken(worker);
  await first.end();
  const second = await openEngine(namespace);

  expect(await worker.says('complete', item)).toEqual({ ok: true });
  expect(second.told).toMatchObject([{ kind: 'complete', run: run(0), handed: true }]);
});

test('two engines share the room of a worker, and neither waits for ever', async () => {
  const namespace = freshNamespace();
  const engines = [await openEngine(namespace), await openEngine(namespace)];
  const worker = await openWorker(namespace, 'w-1');
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
  const namespace = freshNamespace();
  const engine = await openEngine(namespace);
  const busy = await openWorker(namespace, 'w-1');
  await isKnown(engine, busy);
  await engine.offer(run(0));
  await taken(busy);
  const old = await connectWorkerLink({ url: server.url, namespace });
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
  await expect.poll(() => engine.told.filter((each) => each.run === run(1)), soon).toEqual([]);
});
