// A worker claims, asks to begin, works, reports, and is done only when the engine has answered. Method: the real loop
// on the memory queue and a clock that the test moves; the test is the engine, and sees every word.
import { expect, test, vi } from 'vitest';
import { TaskError } from '../../src/ports/work/handler.ts';
import {
  createWorkerStage,
  granted,
  openHandler,
  pass,
  refused,
  soon,
  toldToWait,
  type WorkerStage,
} from './worker-stage.ts';

test('begins only when the engine has granted it, and is done only when the result is recorded', async () => {
  const { handler, works, end } = openHandler();
  const stage = createWorkerStage(handler);
  stage.answer(undefined);
  await stage.offer('wall');
  await vi.waitFor(() => expect(stage.told('start')).toHaveLength(1), soon);
  expect(works).toEqual([]);

  stage.answer({ ok: true, deadline: '2026-01-01T01:00:00.000Z' });
  await pass(stage, 200);
  expect(works[0]).toMatchObject({
    ...{
      run: 'run-1',
      task: 'wall',
      attempt: 1,
      key: 'run-1/wall',
      attemptKey: 'run-1/wall/1',
      input: { colour: 'red' },
    },
    ...{ deadline: '2026-01-01T01:00:00.000Z', team: [], agent: 'PAINTER' },
  });

  stage.answer(undefined);
  end(0);
  await vi.waitFor(() => expect(stage.told('complete')).toHaveLength(1), soon);
  // Two minutes without an engine: nobody else gets it, and the result is told again and again.
  await pass(stage, 120_000);
  expect(await stage.isFree('wall')).toBe(false);
  expect(stage.told('complete').length).toBeGreaterThan(100);

  stage.answer(granted);
  await pass(stage, 200);
  expect(stage.told('complete').at(-1)).toMatchObject({
    output: 'painted',
    token: 'token of wall',
    worker: 'painter-1',
  });
  await pass(stage, 60_000);
  expect(await stage.isFree('wall')).toBe(false);
  expect(works).toHaveLength(1);
});

test.each([
  ['drops an item whose attempt is over', refused, false],
  ['gives an item back that another worker may still have, and tries later', toldToWait, true],
])('%s', async (_title, answer, comesAgain) => {
  const { handler, works } = openHandler();
  const stage = createWorkerStage(handler);
  stage.answer(answer);
  await stage.offer('wall');
  await vi.waitFor(() => expect(stage.reports).toHaveLength(1), soon);
  await pass(stage, 6_500);
  expect(stage.reports).toHaveLength(1);
  await pass(stage, 1_000);

  expect(stage.reports).toHaveLength(comesAgain ? 2 : 1);
  expect(works).toEqual([]);
});

test('says that it is alive as often as it was asked to, with the latest progress', async () => {
  const { handler, works, end } = openHandler();
  const stage = createWorkerStage(handler);
  await stage.offer('wall');
  await vi.waitFor(() => expect(works).toHaveLength(1), soon);
  await pass(stage, 31_500);
  expect(stage.told('heartbeat')).toHaveLength(10);
  expect(stage.told('heartbeat')[9]).not.toHaveProperty('progress');

  works[0]?.progress(40, 'first coat');
  works[0]?.progress(140, 'x'.repeat(1_000));
  await pass(stage, 100);
  expect(stage.told('heartbeat')).toHaveLength(11);
  expect(stage.told('heartbeat')[10]?.progress).toEqual({ percent: 100, message: 'x'.repeat(500) });

  for (let coat = 0; coat < 20; coat += 1) {
    works[0]?.progress(coat, `coat ${coat}`);
    await pass(stage, 100);
  }
  expect(stage.told('heartbeat').length).toBeLessThanOrEqual(14);
  await pass(stage, 1_000);
  expect(stage.told('heartbeat').at(-1)?.progress).toEqual({ percent: 19, message: 'coat 19' });

  // While the engine is away one heartbeat is on its way, not one more every three seconds.
  stage.answer(undefined);
  await pass(stage, 30_000);
  const before = stage.told('heartbeat').length;
  works[0]?.progress(20, 'last coat');
  await pass(stage, 1_000);
  expect(stage.told('heartbeat').length - before).toBeLessThanOrEqual(10);
  stage.answer(granted);
  await pass(stage, 1_200);
  expect(stage.told('heartbeat').at(-1)?.progress).toEqual({ percent: 20, message: 'last coat' });

  end(0);
  await vi.waitFor(() => expect(stage.told('complete')).toHaveLength(1), soon);
  const count = stage.reports.length;
  await pass(stage, 20_000);
  expect(stage.reports).toHaveLength(count);
});

test.each([
  [
    'a failure that is understood',
    new TaskError('paint.dry', 'no paint', { details: { left: 0 } }),
    { code: 'paint.dry', message: 'no paint', retryable: false, details: { left: 0 } },
  ],
  [
    'one that may pass',
    new TaskError('paint.wet', 'wait', { retryable: true }),
    { code: 'paint.wet', message: 'wait', retryable: true },
  ],
  ['one that nobody foresaw', new Error('oops'), { code: 'worker.error', message: 'oops', retryable: true }],
  ['something that is no error', 'oops', { code: 'worker.error', message: 'oops', retryable: true }],
  [
    'details that do not fit',
    new TaskError('paint.dry', 'no paint', { details: 'x'.repeat(10_000) }),
    { code: 'paint.dry', message: 'no paint', retryable: false },
  ],
  [
    'details that are no JSON',
    new TaskError('paint.dry', 'no paint', { details: 10n as never }),
    { code: 'paint.dry', message: 'no paint', retryable: false },
  ],
])('reports %s', async (_title, thrown, error) => {
  const stage = createWorkerStage(() => {
    throw thrown;
  });
  await stage.offer('wall');
  await vi.waitFor(() => expect(stage.told('fail')).toHaveLength(1), soon);

  expect(stage.told('fail')[0]?.error).toEqual(error);
});

test.each([
  ['is no JSON', () => 10n as never, 'output.not-json'],
  ['is a function', () => (() => 1) as never, 'output.not-json'],
  ['does not fit into a report', () => 'x'.repeat(10_000), 'output.too-large'],
])('fails, and sends nothing else, when the result %s', async (_title, handler, code) => {
  const stage = createWorkerStage(handler);
  await stage.offer('wall');
  await vi.waitFor(() => expect(stage.told('fail')).toHaveLength(1), soon);

  expect(stage.told('fail')[0]?.error).toMatchObject({ code, retryable: false });
  expect(stage.told('complete')).toEqual([]);
});

test('finds the handler of a task by its id, also inside of a loop, else the one for all others', async () => {
  const stage = createWorkerStage({ wall: () => 'a wall', '*': ({ task }) => `other: ${task}` });
  await stage.offer('rooms[2].wall');
  await stage.offer('door');
  await stage.offer('toString');
  await vi.waitFor(() => expect(stage.told('complete')).toHaveLength(3), soon);

  expect(stage.told('complete').map(({ output }) => output)).toEqual([
    'a wall',
    'other: door',
    'other: toString',
  ]);
});

test('fails a task that it has no handler for, and says which it has', async () => {
  const stage = createWorkerStage({ wall: () => 'a wall' });
  await stage.offer('door');
  await vi.waitFor(() => expect(stage.told('fail')).toHaveLength(1), soon);

  expect(stage.told('fail')[0]?.error).toMatchObject({
    code: 'worker.no-handler',
    message: expect.stringContaining('it has: wall'),
  });
});

test('works on as many items as it has capacity for, and leaves the others to others', async () => {
  const { handler, works, end } = openHandler();
  const stage = createWorkerStage(handler, { capacity: 2 });
  for (const task of ['a', 'b', 'c']) await stage.offer(task);
  await vi.waitFor(() => expect(works).toHaveLength(2), soon);
  await pass(stage, 1_000);
  expect(works.map(({ task }) => task)).toEqual(['a', 'b']);
  expect(await stage.isFree('c')).toBe(true);

  end(0);
  await pass(stage, 1_000);
  expect(works.map(({ task }) => task)).toEqual(['a', 'b', 'c']);
});

test.each([
  ['the engine says that it is over', (stage: WorkerStage) => stage.answer(refused)],
  ['it is told to stop', (stage: WorkerStage) => stage.withdraw('wall')],
])('ends a handler and reports nothing more when %s', async (_title, act) => {
  const { handler, works } = openHandler();
  const stage = createWorkerStage(handler);
  await stage.offer('wall');
  await vi.waitFor(() => expect(works).toHaveLength(1), soon);
  await act(stage);
  await pass(stage, 3_000);
  expect(works[0]?.signal.aborted).toBe(true);
  const count = stage.reports.length;
  await pass(stage, 20_000);

  expect(stage.reports).toHaveLength(count);
  expect([...stage.told('fail'), ...stage.told('release')]).toEqual([]);
  expect(await stage.isFree('wall')).toBe(false);
});

test('ends a handler at the deadline and leaves the judgement to the engine', async () => {
  const { handler, works } = openHandler();
  const stage = createWorkerStage(handler);
  stage.answer({ ok: true, deadline: '2026-01-01T00:00:05.000Z' });
  await stage.offer('wall');
  await vi.waitFor(() => expect(works).toHaveLength(1), soon);
  await pass(stage, 4_900);
  expect(works[0]?.signal.aborted).toBe(false);
  await pass(stage, 200);

  expect(works[0]?.signal.aborted).toBe(true);
  expect(stage.told('fail')[0]?.error).toMatchObject({ code: 'worker.deadline', retryable: true });
});

test('an item that the queue gives to it twice is worked on once', async () => {
  const { handler, works, end } = openHandler();
  const stage = createWorkerStage(handler, { capacity: 2 });
  await stage.offer('wall');
  await vi.waitFor(() => expect(works).toHaveLength(1), soon);
  // As if the process had stood still for longer than its claim holds.
  stage.mute();
  await pass(stage, 30_000);
  expect(works).toHaveLength(1);

  end(0);
  await vi.waitFor(() => expect(stage.told('complete')).toHaveLength(1), soon);
  await pass(stage, 30_000);
  expect(works).toHaveLength(1);
  expect(await stage.isFree('wall')).toBe(false);
});

test('a handler is given what was said before it, and what it says itself comes with the heartbeats', async () => {
  const { handler, works } = openHandler();
  const stage = createWorkerStage(handler);
  stage.answer({ ok: true, lastDetails: { row: 200 } });
  await stage.offer('wall', { lastDetails: { row: 100 } });
  await vi.waitFor(() => expect(works).toHaveLength(1), soon);
  expect(works[0]?.lastDetails).toEqual({ row: 200 });

  works[0]?.details({ row: 300 });
  works[0]?.progress(50);
  await pass(stage, 2_000);
  expect(stage.told('heartbeat').at(-1)).toMatchObject({ details: { row: 300 }, progress: { percent: 50 } });

  stage.answer({ ok: false, code: 'report.details', message: 'too much', next: 'wait' });
  await pass(stage, 10_000);
  expect(works[0]?.signal.aborted).toBe(false);
  expect(stage.troubles.at(-1)).toBe('a heartbeat of run-1/wall/1 was not taken: too much');
});

test('what a handler says that it printed comes with the result, and stays away where it does not fit', async () => {
  const { handler, works, end } = openHandler();
  const stage = createWorkerStage(handler, { capacity: 2 });
  await stage.offer('wall');
  await stage.offer('door');
  await vi.waitFor(() => expect(works).toHaveLength(2), soon);
  works[0]?.log({ stdout: 'not all' });
  works[0]?.log({ stdout: 'all' });
  works[1]?.log({ stderr: 'x'.repeat(20_000) });
  end(0);
  end(1);
  await vi.waitFor(() => expect(stage.told('complete')).toHaveLength(2), soon);

  const [first, second] = stage.told('complete');
  expect(first?.log).toEqual({ stdout: 'all' });
  expect(second?.log).toBeUndefined();
});
