// What becomes of the runs of a shard that another engine has taken.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { createShardWork } from '../../../src/engine/cluster/shard-server.ts';

test('whoever has taken a shard is told of the runs that were worked on here, and nobody is when it is given away', async () => {
  const told: Json[] = [];
  const nothing = async () => undefined;
  const work = createShardWork({
    engine: { release: async () => ['run-1', 'run-2'] } as never,
    serving: { end: nothing } as never,
    adoption: {} as never,
    gate: {} as never,
    commands: {
      serve: async () => nothing,
      request: async (shard, request) => {
        told.push({ shard, ...(request as Record<string, Json>) });
        return null;
      },
    },
    shardOf: () => 3,
    signal: new AbortController().signal,
  });
  await work.onGiven(3);
  expect(told).toEqual([]);
  await work.onLost(3);

  expect(told).toMatchObject([
    { shard: 3, kind: 'adopt', run: 'run-1' },
    { shard: 3, kind: 'adopt', run: 'run-2' },
  ]);
});
