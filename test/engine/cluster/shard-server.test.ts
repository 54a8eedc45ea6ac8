// Answering for a shard, with a channel that fails or hangs. Method: channels that count what was begun and ended.
import { expect, test } from 'vitest';
import { createShardServer } from '../../../src/engine/cluster/shard-server.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { settled } from '../node-world.ts';

function open() {
  const ended: string[] = [];
  const begun: string[] = [];
  const world = { ended, begun, commandsReady: Promise.resolve(), queue: () => Promise.resolve() };
  const begin = (name: string) => {
    const own = `${name} ${begun.length + 1}`;
    begun.push(own);

    return async () => void ended.push(own);
  };
  const serving = createShardServer(
    {
      clock: createManualClock(),
      commands: {
        serve: async () => {
          await world.commandsReady;
          return begin('commands');
        },
        request: () => Promise.reject(new Error('nobody is asked here')),
      },
      work: {
        queue: {
          serve: async () => {
            await world.queue();
            return begin('reports');
          },
          offer: async () => undefined,
          withdraw: async () => undefined,
        },
      },
    },
    { answer: async () => null, report: () => async () => null },
  );

  return { world, serving };
}

test('what had begun is ended where the rest cannot begin', async () => {
  const { world, serving } = open();
  world.queue = () => Promise.reject(new Error('down'));
  await expect(serving.begin(1)).rejects.toThrow('down');
  expect(world.ended).toEqual(['commands 1']);

  world.queue = () => Promise.resolve();
  await serving.begin(1);
  await serving.endAll();
  expect([...world.ended].sort()).toEqual([...world.begun].sort());
});

test('what begins late, after all was ended, is ended too', async () => {
  const { world, serving } = open();
  let goOn = (): void => undefined;
  world.commandsReady = new Promise((resolve) => {
    goOn = resolve;
  });
  const beginning = serving.begin(1);
  await serving.endAll();
  goOn();
  await beginning;
  await settled();

  expect(world.begun).toEqual(['commands 1']);
  expect(world.ended).toEqual(['commands 1']);
});
