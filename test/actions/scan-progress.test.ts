// A long scan shows that it is alive, without a heartbeat for every file. Method: a clock that only moves when told.
import { afterEach, expect, test, vi } from 'vitest';
import { scanProgress } from '../../src/actions/scan/scan-progress.ts';
import type { Progress } from '../support/attempt.ts';

afterEach(() => void vi.useRealTimers());

test('tells how far it is twice a second, in files and in bytes of one large file', () => {
  vi.useFakeTimers({ toFake: ['performance'], now: 0 });
  const beats: (Progress | undefined)[] = [];
  const progress = scanProgress((beat) => void beats.push(beat));

  for (let file = 0; file < 1500; file += 1) progress.onFile();
  expect(beats).toEqual([]);
  vi.advanceTimersByTime(500);
  progress.onBytes(2_500_000);
  progress.onBytes(1);
  vi.advanceTimersByTime(500);
  progress.onFile();

  expect(beats).toEqual([{ message: '1,500 files, 2.5 MB' }, { message: '1,501 files, 2.5 MB' }]);
});
