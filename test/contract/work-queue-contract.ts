import { describe, expect, test } from 'vitest';
import { attemptKeyOf } from '../../events/worker-protocol.ts';
import type { ClaimedItem, WorkerLink } from '../../src/ports/work/worker-link.ts';
import { claimed, expectNothing, never, type OpenWork, useWork, workItem } from './open-work.ts';

const LONG_MS = 20_000;
const MOMENT_MS = 800;

/** What every transport of the worker protocol promises about items. `aliveMs`: how long one is kept. */
/** `losesAnswers`: an offer may be made again after its item was done. */
export function workQueueContract(
  open: (aliveMs: number) => Promise<OpenWork>,
  { losesAnswers = false }: { readonly losesAnswers?: boolean } = {},
): void {
  describe('that are kept for long', () => keptContract(() => open(LONG_MS), losesAnswers));
  describe('that are kept for a moment', () => expiryContract(() => open(MOMENT_MS)));
}

function keptContract(open: () => Promise<OpenWork>, losesAnswers: boolean): void {
  const work = useWork(open);

  test('brings an item to a worker of its agent as it was offered', async () => {
    const { queue, link } = work.it;
    const team = [
      { agent: 'CMD.BRIDGE', skills: ['lead'] },
      { agent: 'ada', skills: [] },
    ];
    const item = workItem('run-1', { agent: 'CMD.BRIDGE', team, timeoutMs: 5_000, level: 'L2' });
    await queue.offer(item);

    expect((await claimed(await link(), 'CMD.BRIDGE')).item).toMatchObject(item);
  });

  test('gives items out in the order in which they were offered', async () => {
    const { queue, link } = work.it;
    const worker = await link();
    const runs = Array.from({ length: 8 }, (_, index) => `run-${index}`);
    for (const run of runs) await queue.offer(workItem(run));
    const found: string[] = [];
    for (const _ of runs) found.push((await claimed(worker)).item.run);

    expect(found).toEqual(runs);
  });

  test('holds an item once that is offered often, also while a worker has it', async () => {
    const { queue, other, link } = work.it;
    const worker = await link();
    const item = workItem('run-1');
    await Promise.all([queue.offer(item), other.offer(item), queue.offer(item)]);
    const first = await claimed(worker);
    await other.offer(item);

    await expectNothing(worker);
    await first.done();
    await expectNothing(worker);
  });

  test('brings an item to a worker that waited for it', async () => {
    const { queue, link } = work.it;
    const worker = await link();
    const waiting = claimed(worker);
    await queue.offer(workItem('run-1'));

    expect((await waiting).item.run).toBe('run-1');
  });

  test('tells that there is nothing after the given time, or as soon as the signal aborts', async () => {
    const worker = await work.it.link();
    await expectNothing(worker, 50);
    const stop = new AbortController();
    const waiting = worker.claim('ada', { waitMs: 600_000, signal: stop.signal });
    stop.abort();

    expect(await waiting).toBeUndefined();
    expect(await worker.claim('ada', { waitMs: 600_000, signal: stop.signal })).toBeUndefined();
  });

  test('a worker that waits no more takes no item with it', async () => {
    const { queue, link } = work.it;
    const [gone, closed, worker] = [await link(), await link(), await link()];
    const stop = new AbortController();
    await queue.offer(workItem('run-0'));
    await (await claimed(gone)).done();
    const waiting = gone.claim('ada', { waitMs: 600_000, signal: stop.signal });
    const left = closed.claim('ada', { waitMs: 600_000, signal: never });
    stop.abort();
    await waiting;
    await closed.close();
    await queue.offer(workItem('run-1'));

    expect((await claimed(worker)).item.run).toBe('run-1');
    expect(await left).toBeUndefined();
  });

  test('keeps the items of two agents apart', async () => {
    const { queue, link } = work.it;
    const worker = await link();
    await queue.offer(workItem('run-1', { agent: 'ben' }));
    await queue.offer(workItem('run-1', { agent: 'ada.x' }));

    await expectNothing(worker);
    expect((await claimed(worker, 'ben')).item.agent).toBe('ben');
  });

  test('refuses an item that fits into no message', async () => {
    const { queue, link } = work.it;
    const input = 'x'.repeat(9 * 1024 * 1024);

    await expect(queue.offer(workItem('run-1', { input }))).rejects.toMatchObject({ code: 'work.too-large' });
    await expectNothing(await link(), 50);
  });

  test('gives an item that was given back to the next worker at once', async () => {
    const { queue, link } = work.it;
    await queue.offer(workItem('run-1'));
    await (await claimed(await link())).giveBack(0);

    expect((await claimed(await link(), 'ada', LONG_MS / 2)).item.run).toBe('run-1');
  });

  test('gives each of 1,000 items to one of four workers, and leaves none', async () => {
    const { queue, other, link } = work.it;
    const count = 1_000;
    const links = await Promise.all([1, 2, 3, 4].map(link));
    const found: string[] = [];
    const workers = links.map((worker) => workUntil(worker, found, () => new Set(found).size >= count));
    const offers = Array.from({ length: count }, (_, index) =>
      (index % 2 === 0 ? queue : other).offer(workItem(`run-${index}`)),
    );
    await Promise.all(offers);
    await Promise.all(workers);

    // An offer whose answer was lost is made again, and comes again where its item was done meanwhile: the engine,
    // which grants every start, has such a one dropped.
    if (losesAnswers) await workOff(links[0] as WorkerLink, found);
    expect(new Set(found).size).toBe(count);
    if (!losesAnswers) expect(found.length).toBe(count);
    await expectNothing(links[0] as WorkerLink);
  });
}

function expiryContract(open: () => Promise<OpenWork>): void {
  const work = useWork(open);

  test('gives an item to another worker when its worker says nothing more', async () => {
    const { queue, link } = work.it;
    const [dead, alive] = [await link(), await link()];
    await queue.offer(workItem('run-1'));
    await claimed(dead);

    expect((await claimed(alive)).item.run).toBe('run-1');
  });

  test('gives an item to nobody else while its worker says that it goes on', async () => {
    const { queue, link, aliveMs } = work.it;
    const [busy, idle] = [await link(), await link()];
    await queue.offer(workItem('run-1'));
    const mine = await claimed(busy);
    const beat = setInterval(mine.alive, aliveMs / 5);
    try {
      await expectNothing(idle, aliveMs * 2.5);
    } finally {
      clearInterval(beat);
    }
  });

  test('gives an item that was given back to nobody before its time', async () => {
    const { queue, link, aliveMs } = work.it;
    const worker = await link();
    await queue.offer(workItem('run-1'));
    await (await claimed(worker)).giveBack(aliveMs * 3);

    await expectNothing(worker, aliveMs * 1.5);
    expect((await claimed(worker)).item.run).toBe('run-1');
  });

  test('an item that is done is gone for good, until it is offered anew', async () => {
    const { queue, link, aliveMs } = work.it;
    const worker = await link();
    await queue.offer(workItem('run-1'));
    const mine = await claimed(worker);
    await mine.done();
    await mine.done();
    await mine.giveBack(0);
    mine.alive();

    await expectNothing(worker, aliveMs * 1.5);
    await queue.offer(workItem('run-1'));
    expect((await claimed(worker)).item.run).toBe('run-1');
  });

  test('withdraws an item, and tells the workers of its agent to stop', async () => {
    const { queue, link, aliveMs } = work.it;
    const [busy, stranger] = [await link(), await link()];
    const told: unknown[] = [];
    busy.onStop('ada', (notice) => told.push(notice));
    stranger.onStop('ben', (notice) => told.push(notice));
    for (const run of ['run-1', 'run-2']) await queue.offer(workItem(run));
    const mine = await claimed(busy);
    const withdrawn = { agent: 'ada', reason: 'the attempt timed out' };
    for (const run of ['run-1', 'run-2', 'run-3']) {
      await queue.withdraw({ ...withdrawn, attemptKey: `${run}/build/1` });
    }

    const notice = (run: string) => ({ protocol: 1, attemptKey: `${run}/build/1`, reason: withdrawn.reason });
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(['run-1', 'run-2', 'run-3'].map(notice));
    await mine.done();
    await expectNothing(busy, aliveMs * 1.5);
  });
}

/** Takes items until none comes for a second, and is done with each. */
async function workOff(link: WorkerLink, found: string[]): Promise<void> {
  for (;;) {
    const item = await link.claim('ada', { waitMs: 1_000, signal: never });
    if (item === undefined) return;
    found.push(attemptKeyOf(item.item));
    await item.done();
  }
}

/** Takes items and is done with each, three at a time, as a worker of some capacity does. */
async function workUntil(link: WorkerLink, found: string[], isOver: () => boolean): Promise<void> {
  const carryOut = async ({ item, done }: ClaimedItem): Promise<void> => {
    found.push(attemptKeyOf(item));
    await done();
  };
  const loop = async (): Promise<void> => {
    while (!isOver()) {
      const item = await link.claim('ada', { waitMs: 200, signal: never });
      if (item !== undefined) await carryOut(item);
    }
  };
  await Promise.all([loop(), loop(), loop()]);
}
