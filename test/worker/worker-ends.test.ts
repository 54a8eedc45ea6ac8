// A worker that is to end leaves nothing undone that it has not given back. It also says who it is, as long as it is.
// Method: as in run-worker.test.ts.
import { expect, test, vi } from 'vitest';
import { createWorkerStage, openHandler, pass, refused, soon } from './worker-stage.ts';

test('drained, it takes nothing more, lets work end, and is gone when the last result is recorded', async () => {
  const { handler, works, end } = openHandler();
  const stage = createWorkerStage(handler, { capacity: 2 });
  await stage.offer('a');
  await vi.waitFor(() => expect(works).toHaveLength(1), soon);
  const drained = stage.worker.drain(60_000);
  await stage.offer('b');
  await pass(stage, 5_000);
  expect(works).toHaveLength(1);
  expect(works[0]?.signal.aborted).toBe(false);

  end(0);
  await drained;
  expect(stage.told('complete')).toHaveLength(1);
  expect(stage.told('release')).toEqual([]);
  expect(await stage.isFree('b')).toBe(true);
});

test('what it is given in the moment in which it is told to end goes back untouched', async () => {
  const stage = createWorkerStage(() => 'painted');
  await pass(stage, 100);
  const offered = stage.offer('wall');
  const drained = stage.worker.drain(0);
  await Promise.all([offered, drained]);
  await pass(stage, 100);

  expect(stage.reports).toEqual([]);
  expect(await stage.isFree('wall')).toBe(true);
});

test('what does not end in the time of a drain is ended, released and given back at once', async () => {
  const { handler, works } = openHandler();
  const stage = createWorkerStage(handler);
  await stage.offer('wall');
  await vi.waitFor(() => expect(works).toHaveLength(1), soon);
  const drained = stage.worker.drain(2_000);
  await pass(stage, 2_100);
  await drained;

  expect(works[0]?.signal.aborted).toBe(true);
  expect(stage.told('fail')).toEqual([]);
  expect(stage.told('release')).toHaveLength(1);
  expect(await stage.isFree('wall')).toBe(true);
});

test('drained before the engine says whether it may begin, it gives the item back, whatever is said at last', async () => {
  const stage = createWorkerStage(() => 'painted');
  stage.answer(undefined);
  await stage.offer('wall');
  await vi.waitFor(() => expect(stage.told('start')).toHaveLength(1), soon);
  const drained = stage.worker.drain(0);
  await vi.waitFor(async () => {
    await pass(stage, 100);
    expect(stage.told('release').length).toBeGreaterThan(0);
  }, soon);
  // The engine knows of no start that could be released.
  stage.answer(refused);
  await pass(stage, 12_000);
  await drained;

  expect(await stage.isFree('wall')).toBe(true);
});

test('a result that is not taken is told, with the reason', async () => {
  const stage = createWorkerStage(() => {
    stage.answer(refused);
    return 'painted';
  });
  await stage.offer('wall');
  await vi.waitFor(() => expect(stage.troubles).toHaveLength(1), soon);

  expect(stage.troubles[0]).toMatch(/^the result of attempt run-1\/wall\/1 was not taken: \S+: /);
});

test('a handler that heeds no signal, and an engine that is away, do not keep it from ending', async () => {
  const stage = createWorkerStage(() => new Promise(() => {}), { capacity: 2 });
  await stage.offer('a');
  await vi.waitFor(() => expect(stage.told('start')).toHaveLength(1), soon);
  stage.answer(undefined);
  await stage.offer('b');
  await vi.waitFor(() => expect(stage.told('start')).toHaveLength(2), soon);
  const drained = stage.worker.drain(0);
  await pass(stage, 12_000);
  await drained;

  expect(await stage.isFree('a')).toBe(true);
});

test('says who it is at the start, every five seconds, when asked, and when it leaves', async () => {
  const { handler, works, end } = openHandler();
  const stage = createWorkerStage(handler, { capacity: 2 });
  expect(stage.hellos).toMatchObject([
    {
      agent: 'PAINTER',
      worker: 'painter-1',
      skills: ['paint'],
      capacity: 2,
      running: 0,
      everyMs: 5_000,
      leaving: false,
    },
  ]);
  await stage.offer('wall');
  await vi.waitFor(() => expect(works).toHaveLength(1), soon);
  await pass(stage, 60_000);
  expect(stage.hellos).toHaveLength(13);
  // One of two places was taken all the time.
  expect(stage.hellos.at(-1)).toMatchObject({ running: 1, utilisation: 0.5 });

  stage.callRoll();
  expect(stage.hellos).toHaveLength(14);
  end(0);
  await pass(stage, 60_000);
  expect(stage.hellos.at(-1)).toMatchObject({ running: 0, utilisation: expect.closeTo(0, 2) });
  await stage.worker.drain(0);
  expect(stage.hellos.at(-1)).toMatchObject({ leaving: true });
  const count = stage.hellos.length;
  await pass(stage, 20_000);
  expect(stage.hellos).toHaveLength(count);
});
