// Whoever reads a long run holds nobody else up. Method: a real server, and a tick that wants to come at every turn of
// the event loop; what is counted is how many messages were read between two ticks.
import { expect, test } from 'vitest';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import { appendMany } from '../../contract/open-journal.ts';
import { startTestServer } from '../../support/nats.ts';
import { freshNamespace } from './open-jetstream.ts';

test('while a long run is read everybody else gets turns', async () => {
  const server = await startTestServer();
  const { journal, close } = await connectJetStream({ url: server.url, namespace: freshNamespace() });
  const count = 5_000;
  await appendMany(journal, 'alpha', { count });
  const between: number[] = [];
  let read = 0;
  let since = 0;
  const tick = (): void => {
    between.push(since);
    since = 0;
    if (read < count) setImmediate(tick);
  };
  setImmediate(tick);
  for await (const _ of journal.read('alpha')) {
    read += 1;
    since += 1;
  }
  await close();
  await server.stop();

  expect(read).toBe(count);
  // Without turns all messages that have arrived are read at a stretch.
  expect(Math.max(...between)).toBeLessThan(count / 2);
});
