// What looks after triggers leaves nothing going when it cannot begin. Method: real files, and a part that throws.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ServedTriggers, serveTriggers } from '../../src/compose/serve.ts';
import { temporaryProject } from '../files/temporary-project.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

test('the folder of definitions is not looked after any more when the next part cannot be made', async () => {
  const stream = {
    openEvents: async () => undefined,
    get inbox(): never {
      throw new Error('no inbox');
    },
  };
  const serving = serveTriggers({
    projectDir: await temporaryProject(),
    stream: stream as unknown as ServedTriggers['stream'],
    reader: {} as ServedTriggers['reader'],
    engine: {} as ServedTriggers['engine'],
    onProgress: () => undefined,
  });

  await expect(serving).rejects.toThrow('no inbox');
  expect(vi.getTimerCount()).toBe(0);
});
