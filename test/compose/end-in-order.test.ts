// Closing a session ends everything that was opened, in order, whatever goes wrong with one part.
import { expect, test } from 'vitest';
import { endInOrder } from '../../src/compose/end-in-order.ts';

test('ends the rest when one part fails, in order, and tells of the first failure', async () => {
  const ended: string[] = [];
  const part = (name: string, failure?: string) => ({
    end: async () => {
      ended.push(name);
      if (failure !== undefined) throw new Error(failure);
    },
  });

  const closing = endInOrder([part('node', 'one'), part('file', 'two'), part('stream')]);

  await expect(closing).rejects.toThrow('one');
  expect(ended).toEqual(['node', 'file', 'stream']);
});

test('goes on when a part with a limit does not end', async () => {
  const ended: string[] = [];
  await endInOrder([
    { end: () => new Promise<void>(() => {}), limitMs: 1 },
    { end: async () => void ended.push('stream') },
  ]);

  expect(ended).toEqual(['stream']);
});
