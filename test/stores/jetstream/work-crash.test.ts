// The server dies by SIGKILL while items are offered and carried out, and comes back on the same store: what was
// offered is carried out, offers and claims go on by themselves, and the queue is empty in the end.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { shardOf } from '../../../machines/shard.ts';
import type { WorkQueue } from '../../../src/ports/work/work-queue.ts';
import type { WorkerLink } from '../../../src/ports/work/worker-link.ts';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../src/stores/jetstream/connection/names.ts';
import { connectWorkerLink } from '../../../src/stores/jetstream/queue/worker-link.ts';
import { claimed, never, workItem } from '../../contract/open-work.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { freshNamespace } from './open-jetstream.ts';
import { connectRaw } from './raw-client.ts';

const CRASHES = 3;
const ITEMS_MIN_BETWEEN = 100;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function opened() {
  const namespace = freshNamespace();
  const engine = await connectJetStream({ url: server.url, namespace, workAliveMs: 1_000 });
  const links = await Promise.all([1, 2, 3].map(() => connectWorkerLink({ url: server.url, namespace })));
  onTestFinished(async () => {
    await Promise.all(links.map((link) => link.close()));
    await engine.close();
  });

  return { namespace, queue: engine.workQueue, links };
}

test('loses no item that was offered, over several crashes', async () => {
  const { namespace, queue, links } = await opened();
  const done = new Set<string>();
  const end = new AbortController();
  const finish = new AbortController();
  const workers = links.map((link) => work(link, done, finish.signal));
  const offers = [0, 1, 2, 3].map((lane) => offerUntil(queue, lane, end.signal));
  for (let count = 0; count < CRASHES; count++) {
    const before = done.size;
    await expect
      .poll(() => done.size, { timeout: 20_000, interval: 5 })
      .toBeGreaterThan(before + ITEMS_MIN_BETWEEN);
    await crash();
  }
  end.abort();
  const offered = (await Promise.all(offers)).flat();

  await expect.poll(() => offered.filter((key) => !done.has(key)), { timeout: 20_000 }).toEqual([]);
  expect(offered.length).toBeGreaterThan(CRASHES * ITEMS_MIN_BETWEEN);
  const raw = await connectRaw(server.url);
  onTestFinished(() => raw.close());
  const left = async () => (await raw.api(`STREAM.INFO.${namesOf(namespace).workStream}`)).state?.messages;
  await expect.poll(left, { timeout: 20_000 }).toBe(0);
  finish.abort();
  await Promise.all(workers);
});

// The server may forget in the crash who has an item, and give it to another, who asks the engine before it begins.
test('a worker that has an item reports about it and is done with it across a crash', async () => {
  const { queue, links } = await opened();
  const [worker, other] = links;
  if (worker === undefined || other === undefined) throw new Error('no links');
  await queue.serve(shardOf('run-1'), async () => ({ ok: true }));
  await queue.offer(workItem('run-1'));
  const mine = await claimed(worker);
  const waiting = untilDoneWith(other, 'run-2');
  const crashed = crash();
  const report = {
    kind: 'start',
    protocol: 1,
    run: 'run-1',
    task: 'build',
    attempt: 1,
    token: 't',
    worker: 'w',
  } as const;
  expect(await worker.report(mine.item, report, never)).toEqual({ ok: true });
  await crashed;
  await mine.done();
  await queue.offer(workItem('run-2'));

  expect((await waiting).every((run) => run === 'run-1' || run === 'run-2')).toBe(true);
});

async function untilDoneWith(link: WorkerLink, run: string): Promise<string[]> {
  const found: string[] = [];
  while (found.at(-1) !== run) {
    const mine = await claimed(link);
    found.push(mine.item.run);
    await mine.done();
  }

  return found;
}

async function crash(): Promise<void> {
  await server.kill9();
  // A thread that waits for the disk keeps the port for a moment after the process is said to be gone.
  const restarted = (): Promise<string> => server.restart().then(() => 'up', String);
  await expect.poll(restarted, { timeout: 20_000 }).toBe('up');
}

async function offerUntil(queue: WorkQueue, lane: number, signal: AbortSignal): Promise<string[]> {
  const keys: string[] = [];
  while (!signal.aborted) {
    const item = workItem(`run-${lane}-${keys.length}`);
    await queue.offer(item);
    keys.push(item.key);
  }

  return keys;
}

async function work(link: WorkerLink, done: Set<string>, signal: AbortSignal): Promise<void> {
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      const mine = await link.claim('ada', { waitMs: 60_000, signal });
      // Nothing came in a minute, or the link was closed: a claim would be asked for again and again at once.
      if (mine === undefined) return;
      await mine.done();
      done.add(mine.item.key);
    }
  };
  await Promise.all([loop(), loop()]);
}
