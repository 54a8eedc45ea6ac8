// One thing after another. Method: acts that the test ends itself, noted as they begin.
import { expect, test } from 'vitest';
import { createSerialQueue, createTurnsPerKey } from '../../src/lib/serial-queue.ts';

function acts() {
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const act = (name: string) => (): Promise<string> => {
    begun.push(name);
    return new Promise((resolve, reject) =>
      ends.set(name, (error) => (error === undefined ? resolve(name) : reject(error))),
    );
  };
  const end = async (name: string, error?: Error): Promise<void> => {
    ends.get(name)?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  };

  return { begun, act, end };
}

test('what is posted begins in order, each when the one before has ended, well or not', async () => {
  const { begun, act, end } = acts();
  const queue = createSerialQueue();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => queue.post(act(name)).catch(String));
  expect(begun).toEqual(['a']);
  await end('a', new Error('broke'));
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  await end('c');

  expect(await Promise.all([a, b, c])).toEqual(['Error: broke', 'b', 'c']);
});

test('a queue is idle when all that was posted before has ended', async () => {
  const { act, end } = acts();
  const queue = createSerialQueue();
  const events: string[] = [];
  void queue.post(act('a')).then(() => events.push('a'));
  void queue.idle().then(() => events.push('idle'));
  await Promise.resolve();
  expect(events).toEqual([]);
  await end('a');

  expect(events).toEqual(['a', 'idle']);
});

test('the same key takes turns, other keys do not wait, and a failure holds nobody up', async () => {
  const { begun, act, end } = acts();
  const turns = createTurnsPerKey();
  const first = turns.take('x', act('x1')).catch(String);
  const second = turns.take('x', act('x2'));
  void turns.take('y', act('y1'));
  await Promise.resolve();
  expect(begun).toEqual(['x1', 'y1']);
  await end('x1', new Error('broke'));
  expect(begun).toEqual(['x1', 'y1', 'x2']);

  let isIdle = false;
  const idle = turns.idle().then(() => {
    isIdle = true;
  });
  await end('x2');
  expect(isIdle).toBe(false);
  await end('y1');
  await idle;
  expect(await Promise.all([first, second])).toEqual(['Error: broke', 'x2']);
});
