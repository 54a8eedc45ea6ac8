// A claim can be kept alive and ended by another process than the one that took it. Method: two links to one real
// server, whose queue waits a second for a sign of life.
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { PassableLink } from '../../../src/ports/work/worker-link.ts';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import { connectPassableLink } from '../../../src/stores/jetstream/queue/worker-link.ts';
import { expectNothing, never, workItem } from '../../contract/open-work.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { freshNamespace } from './open-jetstream.ts';

const aliveMs = 1_000;
const item = workItem('01r');
let server: TestServer;
let one: PassableLink;
let two: PassableLink;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  const options = { url: server.url, namespace: freshNamespace() };
  const stream = await connectJetStream({ ...options, workAliveMs: aliveMs });
  onTestFinished(() => stream.close());
  await stream.workQueue.offer(item);
  one = await connectPassableLink(options);
  two = await connectPassableLink(options);
});

async function taken(link: PassableLink): Promise<string> {
  const claimed = await link.claim('ada', { waitMs: 10_000, signal: never });
  if (claimed === undefined) throw new Error('nothing came');
  expect(claimed.item).toEqual({ ...item, reportTo: claimed.item.reportTo });

  return claimed.handle;
}

test('another process keeps it alive when the first is gone', async () => {
  const held = two.held(await taken(one));
  await one.close();
  for (let beats = 0; beats < 4; beats++) {
    held.alive();
    await expectNothing(two, aliveMs / 2);
  }
  await taken(two);
  await two.close();
});

test('what another process says is done never comes again, and what it gives back comes at once', async () => {
  const first = await taken(one);
  await two.held(first).giveBack(0);
  const second = await taken(one);
  await two.held(second).done();
  await expectNothing(two, aliveMs * 2);
  await Promise.all([one.close(), two.close()]);
});
