// Who carries the messages of two stations can say nothing in their names, not even what one of them said before.
// Method: a real server without accounts, both stations on it, and a client that hears everything and answers.
import { connect } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { connectStationWire } from '../../../../src/stores/jetstream/queue/station-wire.ts';
import { startTestServer } from '../../../support/nats.ts';

test('an answer that was heard before answers no other request, nor the same one asked again', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const wireOf = async (own: string) => {
    const options = {
      url: server.url,
      login: undefined,
      secretOf: () => 'shared',
      onTrouble: () => undefined,
    };
    const wire = await connectStationWire({ ...options, own });
    onTestFinished(() => wire.close());
    return wire;
  };
  const [bridge, hull] = [await wireOf('bridge'), await wireOf('hull')];
  const between = await connect({ servers: server.url });
  onTestFinished(() => between.close());
  const heard: string[] = [];
  between.subscribe('_INBOX.station-bridge.>', {
    callback: (_error, message) => void heard.push(message.string()),
  });
  await between.flush();

  const end = await hull.serve(() => Promise.resolve({ ok: true, status: 'COMPLETED' }));
  const look = { kind: 'look', run: 'one' };
  expect(await bridge.ask('hull', look, 5_000)).toEqual({ ok: true, status: 'COMPLETED' });
  await expect.poll(() => heard.length).toBe(1);
  await end();
  let asked = 0;
  between.subscribe('3ox.station.hull.bridge.ask', {
    callback: (_error, message) => {
      asked += 1;
      message.respond(heard[0] ?? '');
    },
  });
  await between.flush();

  expect(await bridge.ask('hull', { kind: 'look', run: 'other' }, 5_000)).toBeUndefined();
  expect(await bridge.ask('hull', look, 5_000)).toBeUndefined();
  expect(asked).toBe(2);
});
