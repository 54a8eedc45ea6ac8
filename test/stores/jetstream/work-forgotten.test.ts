// A server that was killed may not remember that it gave an item away, and is silent when it is told that the item is
// done. Method: a real server, killed right after it has given away a few.
import { expect, onTestFinished, test } from 'vitest';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import { connectWorkerLink } from '../../../src/stores/jetstream/queue/worker-link.ts';
import { claimed, workItem } from '../../contract/open-work.ts';
import { startTestServer } from '../../support/nats.ts';

test('a worker is not kept by a server that does not remember what it gave away', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const namespace = 'forgotten';
  const engine = await connectJetStream({ url: server.url, namespace });
  onTestFinished(() => engine.close());
  const worker = await connectWorkerLink({ url: server.url, namespace });
  onTestFinished(() => worker.close());
  const runs = Array.from({ length: 20 }, (_, index) => `run-${index}`);
  for (const run of runs) await engine.workQueue.offer(workItem(run));
  const items = [];
  for (const _ of runs) items.push(await claimed(worker));
  await server.kill9();
  await server.restart();
  const began = performance.now();

  await Promise.all(items.map((item) => item.done()));

  expect(performance.now() - began).toBeLessThan(10_000);
  // They are given away again, to whoever asks the engine before anything is done.
  expect(runs).toContain((await claimed(worker)).item.run);
}, 60_000);
