// A server that was killed may believe that an item was done which nobody was ever given. Method: a real server, of
// which the stream is put back to before the item was done, while its consumer stays as it was after that.
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { connectWorkerLink } from '../../../../src/stores/jetstream/queue/worker-link.ts';
import { never, workItem } from '../../../contract/open-work.ts';
import { startTestServer } from '../../../support/nats.ts';

test('an item that the server counts as done, and still has, is given to a worker, and no other one twice', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const connect = async () => {
    const engine = await connectJetStream({ url: server.url, namespace: 'forgotten' });
    const worker = await connectWorkerLink({ url: server.url, namespace: 'forgotten' });
    const close = async () => {
      await worker.close();
      await engine.close();
    };

    return { engine, worker, close };
  };
  const item = workItem('run-1');
  const held = workItem('run-2');
  const claim = ({ worker }: Awaited<ReturnType<typeof connect>>, waitMs = 20_000) =>
    worker.claim(item.agent, { waitMs, signal: never });
  const before = await connect();
  for (const each of [item, held]) await before.engine.workQueue.offer(each);
  await before.close();
  await server.end();
  const messages = join(server.storeDir, 'jetstream/$G/streams/WF_FORGOTTEN_WORK/msgs');
  const kept = join(server.storeDir, '..', 'kept');
  await cp(messages, kept, { recursive: true });
  await server.restart();
  const meanwhile = await connect();
  await (await claim(meanwhile))?.done();
  await meanwhile.close();
  await server.end();
  await rm(messages, { recursive: true });
  await cp(kept, messages, { recursive: true });
  await server.restart();

  const after = await connect();
  onTestFinished(after.close);
  expect((await claim(after))?.item).toMatchObject({ run: held.run });
  const others = [await connect(), await connect()];
  for (const { close } of others) onTestFinished(close);
  await Promise.all([after, ...others].map(({ engine }) => engine.workQueue.offer(item)));

  expect((await claim(after))?.item).toMatchObject({ run: item.run, task: item.task });
  expect(await claim(after, 3_000)).toBeUndefined();
}, 60_000);
