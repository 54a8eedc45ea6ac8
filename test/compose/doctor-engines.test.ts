// The doctor shows which release each engine runs, and what may be written while they are there. Method: leases in a
// real server.
import { expect, onTestFinished, test } from 'vitest';
import { engineLines } from '../../src/compose/doctor/doctor-engines.ts';
import { thisHolder } from '../../src/compose/holder.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { startTestServer } from '../support/nats.ts';

test('engines of different releases are told apart, also one of before they said so', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const stream = await connectJetStream({ url: server.url, namespace: 'releases' });
  onTestFinished(() => stream.close());
  const ours = thisHolder();
  const { node, release } = ours;

  expect(await engineLines(stream)).toEqual([
    { name: 'engine', status: 'ok', detail: expect.stringMatching(/^none running/) },
  ]);
  await stream.leases.claim('shard.1', ours);
  await stream.leases.claim('shard.2', ours);
  expect(await engineLines(stream)).toEqual([
    { name: 'engine', status: 'ok', detail: `1 running: ${node} (${release})` },
    { name: 'features', status: 'ok', detail: 'may be written: bundles, generations, models, sealed' },
  ]);
  await stream.leases.claim('shard.3', { node: 'old-1', host: 'elsewhere', pid: 7 });

  expect(await engineLines(stream)).toMatchObject([
    {
      status: 'warn',
      detail: `2 running: ${node} (${release}), old-1 (an older release): of different releases`,
      fix: expect.stringContaining('one release'),
    },
    {
      status: 'warn',
      detail:
        'may be written: nothing new; not: bundles, which old-1 cannot read; generations, which old-1 cannot read; models, which old-1 cannot read; sealed, which old-1 cannot read',
      fix: expect.stringContaining('docs/upgrading.md'),
    },
  ]);
});
