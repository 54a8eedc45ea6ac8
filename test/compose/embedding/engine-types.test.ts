// Pins down what the compiler says of the actions of a program. Method: what must not compile is marked as such, and
// `npm run check` fails where it does compile.
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { EmbeddedEngine, EngineOptions } from '../../../src/compose/embedding/create-engine.ts';

test('an action that does not fit its schemas does not compile', () => {
  const names = namesOf({
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
        // @ts-expect-error a text is no number
        run: async () => ({ reserved: 'many' }),
      },
      'orders.wrong-context': {
        // @ts-expect-error no such member
        run: async (_input, { shard }) => ({ shard }),
      },
      greet: { run: ({ name }) => ({ text: `Hello ${name}` }) },
    },
  });

  expect(names).toHaveLength(5);
});

test('an agent that does not fit its schemas does not compile', () => {
  const names = namesOfAgents({
    agents: {
      'GREETER-1': async ({ input, signal }) => ({
        text: `Hello ${JSON.stringify(input)} ${signal.aborted}`,
      }),
      PAINTER: {
        skills: ['painting'],
        input: z.object({ wall: z.string() }),
        output: z.object({ painted: z.string() }),
        run: async ({ wall }, { key }) => ({ painted: wall + key }),
      },
      WRONG_INPUT: {
        input: z.object({ wall: z.string() }),
        // @ts-expect-error no such member
        run: async ({ floor }) => floor,
      },
      WRONG_OUTPUT: {
        output: z.object({ painted: z.number() }),
        // @ts-expect-error a text is no number
        run: async () => ({ painted: 'many' }),
      },
      FREE: { capacity: 4, run: ({ name }) => ({ text: `Hello ${name}` }) },
    },
  });

  expect(names).toHaveLength(5);
});

test('an input that is no JSON does not compile', () => {
  const starting = [
    (engine: EmbeddedEngine) => engine.start('hello', { name: 'Ada', of: [1, null, { b: true }] }),
    // @ts-expect-error a function is no JSON
    (engine: EmbeddedEngine) => engine.start('hello', { name: () => 1 }),
    // @ts-expect-error no such option
    (engine: EmbeddedEngine) => engine.start('hello', {}, { waits: true }),
  ];

  expect(starting).toHaveLength(3);
});

function namesOf<Inputs, Outputs>({ actions = {} as never }: EngineOptions<Inputs, Outputs>) {
  return Object.keys(actions);
}

function namesOfAgents<Takes, Gives>({
  agents = {} as never,
}: EngineOptions<unknown, unknown, Takes, Gives>) {
  return Object.keys(agents);
}
