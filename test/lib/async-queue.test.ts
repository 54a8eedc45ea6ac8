// What is pushed is read as an iteration. Method: push before and while it is read.
import { expect, test } from 'vitest';
import { createAsyncQueue } from '../../src/lib/async-queue.ts';

test('items are read in order, also those that come while the reader waits, and an error comes after them', async () => {
  const queue = createAsyncQueue<number>();
  queue.push(1);
  queue.push(2);
  const read: number[] = [];
  const reading = (async () => {
    for await (const item of queue.items()) read.push(item);
  })();
  await new Promise((resolve) => setImmediate(resolve));
  expect(read).toEqual([1, 2]);
  queue.push(3);
  queue.fail(new Error('first'));
  queue.fail(new Error('second'));

  await expect(reading).rejects.toThrow('first');
  expect(read).toEqual([1, 2, 3]);
});

test('an ended queue leaves out what waits', async () => {
  const queue = createAsyncQueue<number>();
  queue.push(1);
  queue.push(2);
  const read: number[] = [];
  for await (const item of queue.items()) {
    read.push(item);
    queue.end();
  }

  expect(read).toEqual([1]);
});
