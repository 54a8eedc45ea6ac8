// The doctor shows which release each engine runs. Method: leases in a real server.
import { expect, onTestFinished, test } from 'vitest';
import { engineLine } from '../../src/compose/doctor/doctor-engines.ts';
import { thisHolder } from '../../src/compose/holder.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { startTestServer } from '../support/nats.ts';

test('engines of different releases are told apart, also one of before they said so', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const stream = await connectJetStream({ url: server.url, namespace: 'releases' });
  onTestFinished(() => stream.close());
  const { release, ...ours } = thisHolder();

  expect(await engineLine(stream)).toMatchObject({
    status: 'ok',
    detail: expect.stringMatching(/^none running/),
  });
  await stream.leases.claim('shard.1', { ...ours, release });
  await stream.leases.claim('shard.2', { ...ours, release });
  expect(await engineLine(stream)).toEqual({
    name: 'engine',
    status: 'ok',
    detail: `1 running: ${ours.node} (${release})`,
  });
  await stream.leases.claim('shard.3', { node: 'old-1', host: 'elsewhere', pid: 7 });

  expect(await engineLine(stream)).toMatchObject({
    status: 'warn',
    detail: `2 running: ${ours.node} (${release}), old-1 (an older release): of different releases`,
    fix: expect.stringContaining('one release'),
  });
});
