// A worker has few rights and much patience: these tests pin down what it may not need, and what it outlives. Method:
// real servers, one with users; a raw client that plays the vandal.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Hello } from '../../../../events/worker-protocol.ts';
import { shardOf } from '../../../../machines/shard.ts';
import type { WorkerLink } from '../../../../src/ports/work/worker-link.ts';
import { connectJetStream, type JetStreamHandle } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { connectWorkerLink } from '../../../../src/stores/jetstream/queue/worker-link.ts';
import { claimed, expectNothing, never, workItem } from '../../../contract/open-work.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace } from '../open-jetstream.ts';
import { connectRaw, type RawClient } from '../raw-client.ts';

const hello: Hello = {
  protocol: 1,
  worker: 'w-1',
  agent: 'ada',
  skills: [],
  capacity: 1,
  running: 0,
  utilisation: 0,
  language: 'typescript',
  host: 'here',
  startedAt: '2026-01-01T00:00:00.000Z',
  everyMs: 5_000,
  leaving: false,
};

const ROUNDS = 60;

let server: TestServer;
let raw: RawClient;
beforeAll(async () => {
  server = await startTestServer();
  raw = await connectRaw(server.url);
});
afterAll(async () => {
  await raw.close();
  await server.stop();
});

async function engineOf(namespace: string, workAliveMs = 10_000): Promise<JetStreamHandle> {
  const handle = await connectJetStream({ url: server.url, namespace, workAliveMs });
  onTestFinished(() => handle.close());

  return handle;
}

async function linkOf(namespace: string, onProgress?: (message: string) => void): Promise<WorkerLink> {
  const link = await connectWorkerLink({ url: server.url, namespace, onProgress });
  onTestFinished(() => link.close());

  return link;
}

async function consumer(
  namespace: string,
  agent = 'ada',
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const names = namesOf(namespace);

  return (await raw.api(`CONSUMER.INFO.${names.workStream}.${names.workConsumer(agent)}`)).config;
}

test('waits for an engine that makes its queue, and makes nothing itself', async () => {
  const namespace = freshNamespace();
  const worker = await linkOf(namespace);
  const waiting = claimed(worker);
  worker.hello(hello);
  await expectNothing(worker, 300, 'ben');
  expect((await raw.api(`STREAM.INFO.${namesOf(namespace).workStream}`)).error?.err_code).toBe(10059);
  await (await engineOf(namespace)).workQueue.offer(workItem('run-1'));

  expect((await waiting).item).toMatchObject({
    run: 'run-1',
    reportTo: namesOf(namespace).reportSubject('ada', shardOf('run-1')),
  });
});

test('an agent that says it is there has a queue before it has work, as long as reports are served', async () => {
  const namespace = freshNamespace();
  const [engine, worker] = [await engineOf(namespace), await linkOf(namespace)];
  const stops = [1, 2].map((shard) => engine.workQueue.serve(shard, async () => null));
  for (const stop of stops) await (await stop)();
  await stops[1];
  const stop = await engine.workQueue.serve(3, async () => null);
  onTestFinished(stop);
  worker.hello(hello);

  await expect.poll(() => consumer(namespace), { timeout: 10_000 }).toBeDefined();
});

test('a consumer that keeps items for another time is told the right one', async () => {
  const namespace = freshNamespace();
  await (await engineOf(namespace, 3_000)).workQueue.offer(workItem('run-1'));
  expect(await consumer(namespace)).toMatchObject({ ack_wait: 3_000e6 });
  await (await engineOf(namespace)).workQueue.offer(workItem('run-2'));

  expect(await consumer(namespace)).toMatchObject({ ack_wait: 10_000e6, max_deliver: -1 });
  const worker = await linkOf(namespace);
  expect(worker.aliveMs).toBe(10_000);
  expect([(await claimed(worker)).item.run, (await claimed(worker)).item.run]).toEqual(['run-1', 'run-2']);
});

test('the queue is made again where it was taken away', async () => {
  const namespace = freshNamespace();
  const [engine, worker] = [await engineOf(namespace), await linkOf(namespace)];
  await engine.workQueue.offer(workItem('run-1'));
  const lost = await claimed(worker);
  await raw.api(`STREAM.DELETE.${namesOf(namespace).workStream}`);
  await engine.workQueue.offer(workItem('run-2'));

  expect((await claimed(worker)).item.run).toBe('run-2');
  await lost.done();
});

test('an item that is on its way to a worker that ends its wait is there for the next one at once', async () => {
  const namespace = freshNamespace();
  const [engine, leaving, staying] = [
    await engineOf(namespace),
    await linkOf(namespace),
    await linkOf(namespace),
  ];
  await engine.workQueue.offer(workItem('run-0'));
  await (await claimed(leaving)).done();
  let missed = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const stop = new AbortController();
    const waiting = leaving.claim('ada', { waitMs: 60_000, signal: stop.signal });
    // Published by another connection, so that the delivery races with the end of the wait.
    raw.connection.publish(
      namesOf(namespace).workSubject('ada', `k${round}`),
      JSON.stringify(workItem(`run-${round}`)),
    );
    const flushed = raw.connection.flush();
    if (round % 2 === 0) await flushed;
    stop.abort();
    const mine = await waiting;
    if (mine === undefined) missed++;
    await (mine ?? (await claimed(staying, 'ada', 5_000))).done();
  }

  expect(missed).toBeGreaterThan(0);
});

test('what is no item is taken out of the queue and told, and does not hold up what is behind it', async () => {
  const namespace = freshNamespace();
  const names = namesOf(namespace);
  const told: string[] = [];
  const [engine, worker] = [
    await engineOf(namespace),
    await linkOf(namespace, (message) => told.push(message)),
  ];
  await engine.workQueue.offer(workItem('run-0'));
  await (await claimed(worker)).done();
  const foreign = ['no JSON', '{}', JSON.stringify(workItem('run-1', { agent: 'ben' })), ''];
  for (const [index, body] of foreign.entries())
    await raw.publish(names.workSubject('ada', `x${index}`), { body });
  await engine.workQueue.offer(workItem('run-2'));

  expect((await claimed(worker)).item.run).toBe('run-2');
  expect(told).toHaveLength(foreign.length);
  expect(told[0]).toMatch(/queue of ada is no work item .*7 bytes/);
  const left = async () => (await raw.api(`STREAM.INFO.${names.workStream}`)).state?.messages;
  await expect.poll(left, { timeout: 10_000 }).toBe(1);
});

test('what is no hello, or one for another agent, or for one with too long a name, is not counted and told once', async () => {
  const namespace = freshNamespace();
  const names = namesOf(namespace);
  const told: string[] = [];
  const handle = await connectJetStream({
    url: server.url,
    namespace,
    onProgress: (text) => told.push(text),
  });
  onTestFinished(() => handle.close());
  const heard: string[] = [];
  handle.presence.onHello(({ worker }) => heard.push(worker));
  const worker = await linkOf(namespace);
  await handle.definitions.list();
  for (const body of ['no JSON', '{}', JSON.stringify({ ...hello, agent: 'ben' })]) {
    raw.connection.publish(names.helloSubject('ada'), body);
  }
  await raw.connection.flush();
  // Its queue could not be called so: a consumer has a name of so many characters at most.
  worker.hello({ ...hello, agent: 'ü'.repeat(40) });
  worker.hello(hello);

  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['w-1']);
  expect(told).toEqual([
    expect.stringContaining(names.helloSubject('ada')),
    expect.stringContaining('too long'),
  ]);
});

test('a report that is no JSON reaches the engine as text, so that it can say so', async () => {
  const namespace = freshNamespace();
  const engine = await engineOf(namespace);
  const stop = await engine.workQueue.serve(5, async (agent, report) => [agent, report]);
  onTestFinished(stop);
  const answer = await raw.connection.request(namesOf(namespace).reportSubject('a.b', 5), '{"kind"');

  expect(answer.json()).toEqual(['a.b', '{"kind"']);
});

test('does all its work with the rights of a worker of its agent, and is told what these do not allow', async () => {
  const namespace = freshNamespace();
  const { url, stop } = await serverWithUsers(namespace);
  onTestFinished(stop);
  const engine = await connectJetStream({ url: url('engine'), namespace });
  const told: string[] = [];
  const worker = await connectWorkerLink({
    url: url('worker.ada'),
    namespace,
    onProgress: (text) => told.push(text),
  });
  onTestFinished(async () => {
    await worker.close();
    await engine.close();
  });
  const heard: string[] = [];
  engine.presence.onHello(({ agent }) => heard.push(agent));
  await engine.workQueue.serve(shardOf('run-1'), async (agent) => ({ ok: true, deadline: agent }));
  worker.onRollCall(() => worker.hello(hello));
  worker.onStop('ada', ({ attemptKey }) => heard.push(attemptKey));
  await engine.workQueue.offer(workItem('run-1'));
  const mine = await claimed(worker);
  const report = {
    kind: 'start',
    protocol: 1,
    run: 'run-1',
    task: 'build',
    attempt: 1,
    token: 't',
    worker: 'w',
  } as const;
  expect(await worker.report(mine.item, report, never)).toEqual({ ok: true, deadline: 'ada' });
  mine.alive();
  await mine.giveBack(0);
  await (await claimed(worker)).done();
  engine.presence.callRoll();
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['ada']);
  await engine.workQueue.withdraw({ agent: 'ada', attemptKey: 'k', reason: 'over' });
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['ada', 'k']);
  expect(told).toEqual([]);

  await engine.workQueue.offer(workItem('run-2', { agent: 'ben' }));
  await expectNothing(worker, 300, 'ben');
  expect(told).toEqual([
    expect.stringMatching(/refuses: .*Permissions Violation.*MSG\.NEXT.*another agent/i),
  ]);
});

/** A server that knows an engine, which may do everything, and a worker of ada, which may do what it must. */
async function serverWithUsers(
  namespace: string,
): Promise<{ url: (user: string) => string; stop: () => Promise<void> }> {
  const { workStream } = namesOf(namespace);
  const publish = [
    `wf.${namespace}.report.ada.*`,
    `wf.${namespace}.hello.ada`,
    `$JS.API.CONSUMER.MSG.NEXT.${workStream}.ada`,
    `$JS.ACK.${workStream}.ada.>`,
  ];
  const subscribe = ['_INBOX.worker=2Eada.>', `wf.${namespace}.stop.ada`, `wf.${namespace}.rollcall`];
  const conf = `
host: "127.0.0.1"
jetstream {}
authorization { users: [
  { user: "engine", password: "pass" },
  { user: "worker.ada", password: "pass",
    permissions: { publish: ${JSON.stringify(publish)}, subscribe: ${JSON.stringify(subscribe)} } }
] }
`;
  const secured = await startTestServer({ conf });

  return { url: (user) => secured.url.replace('://', `://${user}:pass@`), stop: secured.stop };
}
