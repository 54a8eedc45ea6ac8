// Compiled, never run.
import { z } from 'zod';
import { createEngine } from '../../../src/compose/embedding/create-engine.ts';

export async function typed() {
  const engine = await createEngine({
    actions: {
      'orders.reserve': {
        input: z.object({ order: z.string(), pieces: z.number() }),
        output: z.object({ reserved: z.number() }),
        run: async ({ order, pieces }, { idempotencyKey }) => ({
          reserved: pieces + order.length + idempotencyKey.length,
        }),
      },
      'orders.wrong-input': {
        input: z.object({ order: z.string() }),
        // @ts-expect-error no such member
        run: async ({ pieces }) => pieces,
      },
      'orders.wrong-output': {
        output: z.object({ reserved: z.number() }),
        // @ts-expect-error text, no number
        run: async () => ({ reserved: 'many' }),
      },
      plain: { run: ({ name }) => ({ text: `Hello ${name}` }) },
    },
  });
  const run = await engine.start('hello', { name: 'Ada' });
  // @ts-expect-error a function is no input
  await engine.start('hello', { name: () => 1 });

  return run.result();
}
