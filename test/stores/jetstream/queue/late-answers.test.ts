// A worker waits for an engine that has much to do, and not for one that is not there. Method: a real server, and an
// engine that answers when the test lets it.
import { expect, onTestFinished, test } from 'vitest';
import { shardOf } from '../../../../machines/shard.ts';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { connectWorkerLink } from '../../../../src/stores/jetstream/queue/worker-link.ts';
import { never, workItem } from '../../../contract/open-work.ts';
import { startTestServer } from '../../../support/nats.ts';
import { freshNamespace } from '../open-jetstream.ts';

test('tells an engine that answers late from no engine at all', async () => {
  const namespace = freshNamespace();
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const worker = await connectWorkerLink({ url: server.url, namespace });
  onTestFinished(() => worker.close());
  const item = workItem('run-1');
  const { run, task, attempt, token } = item;
  const report = { kind: 'start', protocol: 1, run, task, attempt, token, worker: 'w' } as const;
  const heard: boolean[] = [];
  const given = new AbortController();
  const nobody = worker.report(item, report, given.signal, (isHeard) => heard.push(isHeard));
  await expect.poll(() => heard.length).toBeGreaterThan(1);
  given.abort();
  await expect(nobody).rejects.toThrow();
  expect(heard).not.toContain(true);

  let answer = (): void => undefined;
  const isLate = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const engine = await connectJetStream({ url: server.url, namespace });
  onTestFinished(() => engine.close());
  await engine.workQueue.serve(shardOf(item.run), async () => {
    await isLate;
    return { ok: true };
  });
  const late: boolean[] = [];
  const answered = worker.report(item, report, never, (isHeard) => late.push(isHeard));
  await expect.poll(() => late).toContain(true);
  answer();

  expect(await answered).toEqual({ ok: true });
});
