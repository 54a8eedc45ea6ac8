// The run of an item may be in quarantine when its result is there. Found by the simulator: one damaged run kept the
// only worker of an agent from everything else.
import { expect, test, vi } from 'vitest';
import { createWorkerStage, granted, openHandler, pass, soon, toldToWait } from './worker-stage.ts';

test('a result that the engine cannot take yet is kept, and does not keep the worker from other work', async () => {
  const { handler, works, end } = openHandler();
  const stage = createWorkerStage(handler, { capacity: 1 });
  await stage.offer('wall');
  await vi.waitFor(() => expect(works).toHaveLength(1), soon);
  stage.answer(toldToWait);
  end(0);
  await vi.waitFor(() => expect(stage.told('complete')).toHaveLength(1), soon);
  await pass(stage, 200);
  stage.answer(granted);
  await stage.offer('door');
  await vi.waitFor(() => expect(works).toHaveLength(2), soon);

  expect(works[1]?.task).toBe('door');
  await pass(stage, 8_000);
  expect(stage.told('complete').at(-1)).toMatchObject({ task: 'wall', output: 'painted' });
  await pass(stage, 20_000);
  expect(await stage.isFree('wall')).toBe(false);
});

test('an item whose run no engine works on keeps its place from no other, and is taken again later', async () => {
  const { handler, works, end } = openHandler();
  const stage = createWorkerStage(handler);
  stage.answer(undefined);
  await stage.offer('orphan');
  await vi.waitFor(() => expect(stage.told('start')).not.toEqual([]), soon);
  await pass(stage, 5_500);
  await stage.offer('wall');
  stage.answer(granted);
  await pass(stage, 400);
  expect(works.map(({ task }) => task)).toEqual(['wall']);

  end(0);
  await pass(stage, 2_000);
  expect(works.map(({ task }) => task)).toEqual(['wall', 'orphan']);
});
