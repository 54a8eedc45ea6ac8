// What tests of handed items share: engines whose answers the test gives, and workers that are links of their own.
import { onTestFinished } from 'vitest';
import type { Json } from '../../../../events/canonical-json.ts';
import type { Hello, Report } from '../../../../events/worker-protocol.ts';
import { shardOf } from '../../../../machines/shard.ts';
import type { ClaimedItem, WorkerLink } from '../../../../src/ports/work/worker-link.ts';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { connectWorkerLink } from '../../../../src/stores/jetstream/queue/worker-link.ts';
import { never, workItem } from '../../../contract/open-work.ts';

/** Where a namespace is. */
export type Place = { readonly url: string; readonly namespace: string };
export type StagedEngine = Awaited<ReturnType<typeof openEngine>>;
export type StagedWorker = Awaited<ReturnType<typeof openWorker>>;

/** Runs of one shard, which each engine owns. */
const shard = shardOf('run-1');
export const runs = Array.from({ length: 5_000 }, (_, index) => `run-${index + 1}`).filter(
  (run) => shardOf(run) === shard,
);
export const run = (at: number): string => runs[at] ?? '';

export type Answer = (report: Report) => Json;

/** An engine that owns the shard. */
export async function openEngine({ url, namespace }: Place, answer: Answer = () => ({ ok: true })) {
  const stream = await connectJetStream({ url, namespace });
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

export async function openWorker({ url, namespace }: Place, worker: string, capacity = 1) {
  const link = await connectWorkerLink({ url, namespace });
  onTestFinished(() => link.close());
  link.takesHanded('ada', worker);
  const hello = (leaving = false): Hello => ({
    ...{ protocol: 1, worker, agent: 'ada', skills: [], capacity, running: 0, utilisation: 0 },
    ...{ language: 'test', host: 'here', startedAt: '2026-01-01T00:00:00.000Z', everyMs: 5_000, leaving },
  });
  let isLeaving = false;
  const listening = link.onRollCall(() => link.hello(hello()));
  const saying = setInterval(() => link.hello(hello(isLeaving)), 500);
  onTestFinished(() => {
    clearInterval(saying);
    listening();
  });
  link.hello(hello());

  return {
    link,
    leave: () => {
      isLeaving = true;
      link.hello(hello(true));
    },
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

export async function taken(worker: {
  readonly next: () => Promise<ClaimedItem | undefined>;
}): Promise<ClaimedItem> {
  const found = await worker.next();
  if (found === undefined) throw new Error('nothing came');

  return found;
}

/** The worker is known where an item is handed to it, and not put into the queue. */
export async function isKnown(engine: StagedEngine, worker: StagedWorker) {
  for (let at = 4_000; ; at += 1) {
    await engine.offer(runs[at % runs.length] ?? '');
    const item = await taken(worker);
    await worker.says('complete', item);
    await item.done();
    if (item.granted !== undefined) break;
  }
  engine.told.length = 0;
}
