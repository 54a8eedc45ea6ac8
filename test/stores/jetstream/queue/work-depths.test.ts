// How much work waits for each agent, and how much of it a worker has. Method: a real server, an engine's side that
// offers and a worker's that claims.

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { attemptKeyOf } from '../../../../events/worker-protocol.ts';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { connectWorkerLink } from '../../../../src/stores/jetstream/queue/worker-link.ts';
import { claimed, workItem } from '../../../contract/open-work.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace } from '../open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('what was offered is waiting, what was claimed is taken, and both are gone when it is over', async () => {
  const namespace = freshNamespace();
  const engine = await connectJetStream({ url: server.url, namespace });
  onTestFinished(() => engine.close());
  expect(await engine.workDepths()).toEqual(new Map());

  const items = ['run-1', 'run-2', 'run-3'].map((run) => workItem(run));
  for (const item of items) await engine.workQueue.offer(item);
  await engine.workQueue.offer(workItem('run-4', { agent: 'CMD.BRIDGE' }));
  const worker = await connectWorkerLink({ url: server.url, namespace });
  onTestFinished(() => worker.close());
  const item = await claimed(worker);
  await expect
    .poll(() => engine.workDepths())
    .toEqual(
      new Map([
        ['ada', { waiting: 2, taken: 1 }],
        ['CMD.BRIDGE', { waiting: 1, taken: 0 }],
      ]),
    );

  await item.done();
  for (const item of items)
    await engine.workQueue.withdraw({ agent: item.agent, attemptKey: attemptKeyOf(item), reason: 'over' });
  await expect.poll(async () => (await engine.workDepths()).get('ada')).toEqual({ waiting: 0, taken: 0 });
});
