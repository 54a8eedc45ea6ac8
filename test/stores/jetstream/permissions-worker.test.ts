// What a worker may do on a server with the configuration that `workflow nats-config` writes: the work of its agent,
// and nothing else. Method: a real server; what must work goes by our own adapters, what must not by the client of the
// server, as somebody would who has an address and ill will. After every attempt the engine looks at what is stored.

import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Hello } from '../../../events/worker-protocol.ts';
import { shardOf } from '../../../machines/shard.ts';
import { createDrainMarks } from '../../../src/engine/agents/drain-marks.ts';
import type { WorkerLink } from '../../../src/ports/work/worker-link.ts';
import { connectJetStream, type JetStreamHandle } from '../../../src/stores/jetstream/connect.ts';
import { connectWorkerLink } from '../../../src/stores/jetstream/queue/worker-link.ts';
import { claimed, expectNothing, never, workItem } from '../../contract/open-work.ts';
import {
  type GuardedServer,
  journalStream,
  positions,
  startGuardedServer,
  streamState,
  subscribed,
  tried,
  workStream,
} from './guarded-server.ts';

const run = 'run-1';
const runSubject = `wf.default.run.${shardOf(run)}.${run}`;

let guarded: GuardedServer;
let engine: JetStreamHandle;
let admin: NatsConnection;
const links: WorkerLink[] = [];

beforeAll(async () => {
  guarded = await startGuardedServer();
  engine = await connectJetStream({ url: guarded.urlOf('engine') });
  admin = await guarded.raw('engine');
  await engine.workSecret();
  await createDrainMarks(engine.agentMarks).all();
});
afterAll(async () => {
  await Promise.all(links.map((link) => link.close()));
  await engine.close();
  await guarded.stop();
});

async function workerOf(user: string): Promise<WorkerLink> {
  const link = await connectWorkerLink({ url: guarded.urlOf(user) });
  links.push(link);

  return link;
}

test('waits where its agent has no queue yet', async () => {
  await expectNothing(await workerOf('worker-ada'), 700);
});

test('gets the items of its agent, reports about them, and takes them out', async () => {
  const agents: string[] = [];
  const item = workItem(run, { agent: 'CMD.BRIDGE' });
  const stop = await engine.workQueue.serve(shardOf(run), async (agent) => {
    agents.push(agent);

    return { ok: true };
  });
  await engine.workQueue.offer(item);
  const link = await workerOf('worker-CMD');
  const claim = await claimed(link, 'CMD.BRIDGE');
  claim.alive();
  const report = {
    kind: 'start',
    protocol: 1,
    run,
    task: 'build',
    attempt: 1,
    token: 'f00d',
    worker: 'w',
  } as const;

  expect(await link.report(claim.item, report, never)).toEqual({ ok: true });
  expect(agents).toEqual(['CMD.BRIDGE']);
  await claim.done();
  expect((await streamState(admin, workStream)).messages).toBe(0);
  await stop();
});

test('is heard, asked who is there, and told to stop', async () => {
  const link = await workerOf('worker-ada');
  const heard: string[] = [];
  engine.presence.onHello((hello) => heard.push(hello.agent));
  const told: string[] = [];
  link.onRollCall(() => told.push('roll call'));
  link.onStop('ada', (notice) => told.push(notice.attemptKey));
  const hello = Hello.parse({
    ...{ protocol: 1, agent: 'ada', worker: 'w', capacity: 1, running: 0, everyMs: 5_000 },
    startedAt: '2026-01-01T00:00:00.000Z',
  });
  await expect
    .poll(() => {
      link.hello(hello);
      engine.presence.callRoll();
      return [heard[0], told[0]];
    })
    .toEqual(['ada', 'roll call']);
  await engine.workQueue.withdraw({ agent: 'ada', attemptKey: 'run-1/build/1', reason: 'over' });
  await expect.poll(() => told).toContain('run-1/build/1');
});

test('reads nothing of another agent, and reports nothing as another', async () => {
  await engine.workQueue.offer(workItem('run-2', { agent: 'CMD.BRIDGE', key: 'run-2/build/1' }));
  const before = await positions(admin);
  const ada = await guarded.raw('worker-ada');
  const bridge = `${workStream}.CMD=2EBRIDGE`;

  for (const subject of [
    `$JS.API.CONSUMER.MSG.NEXT.${bridge}`,
    `$JS.ACK.${bridge}.1.2.2.1700000000000000000.0`,
    `wf.default.report.CMD=2EBRIDGE.${shardOf('run-2')}`,
    'wf.default.hello.CMD=2EBRIDGE',
    'wf.default.command.3.ada',
    'wf.default.command.3.engine',
    'wf.default.rollcall',
    'wf.default.stop.ada',
  ]) {
    expect(await tried(ada, subject), subject).toMatch(/Permissions Violation for Publish/);
  }
  expect(await positions(admin)).toEqual(before);
  const item = await claimed(await workerOf('worker-CMD'), 'CMD.BRIDGE');
  expect(item.item.run).toBe('run-2');
  await item.done();
});

test('hears nothing that is meant for others', async () => {
  const ada = await guarded.raw('worker-ada');

  for (const subject of [
    '>',
    '_INBOX.>',
    '_INBOX.worker-CMD-BRIDGE.>',
    '_INBOX.engine.>',
    '$JS.>',
    'wf.default.>',
    'wf.default.run.>',
    'wf.default.work.ada.*',
    'wf.default.report.ada.*',
    'wf.default.stop.CMD=2EBRIDGE',
    'wf.default.stop.*',
    'wf.default.command.*.*',
  ]) {
    expect(await subscribed(ada, subject), subject).toMatch(/Permissions Violation for Subscription/);
  }
});

test('changes no journal, stream or bucket', async () => {
  const before = await positions(admin);
  const ada = await guarded.raw('worker-ada');

  for (const subject of [
    runSubject,
    'wf.default.work.ada.0123456789abcdef0123456789abcdef',
    'wf.default.definition.text.x',
    '$KV.WF_DEFAULT_LEASES.shard.3',
    '$KV.WF_DEFAULT_ENGINE.token-key',
    ...['PURGE', 'DELETE', 'INFO', 'CREATE', 'UPDATE', 'MSG.DELETE', 'MSG.GET', 'SNAPSHOT'].flatMap(
      (verb) => [`$JS.API.STREAM.${verb}.${journalStream}`, `wf.default.api.STREAM.${verb}.${journalStream}`],
    ),
    '$JS.API.STREAM.CREATE.MINE',
    `$JS.API.CONSUMER.CREATE.${journalStream}.mine.wf.default.run.>`,
    `$JS.API.CONSUMER.DELETE.${workStream}.ada`,
    `$JS.API.CONSUMER.LIST.${workStream}`,
  ]) {
    expect(await tried(ada, subject), subject).toMatch(/Permissions Violation for Publish/);
  }
  expect(await positions(admin)).toEqual(before);
});

test('has no answer sent into a journal, a queue or a command', async () => {
  await engine.workQueue.offer(workItem('run-3', { agent: 'ada', key: 'run-3/build/1' }));
  const before = await positions(admin);
  const commands: string[] = [];
  const spy = admin.subscribe('wf.default.command.*.*', {
    callback: (_error, message) => void commands.push(message.subject),
  });
  const ada = await guarded.raw('worker-ada');
  const next = `$JS.API.CONSUMER.MSG.NEXT.${workStream}.ada`;

  for (const reply of [runSubject, 'wf.default.command.3.engine', 'wf.default.work.CMD=2EBRIDGE.0']) {
    // Permissions look at where a request goes, and not at where its answer goes.
    for (const body of ['no JSON', '{"batch":1,"expires":100000000}']) ada.publish(next, body, { reply });
    ada.publish('wf.default.report.ada.3', '{}', { reply });
  }
  // This one waits longer than those before, so that they have been answered when it is.
  await tried(ada, next, { batch: 1, expires: 300_000_000 });

  expect(await positions(admin)).toEqual(before);
  expect(commands).toEqual([]);
  spy.unsubscribe();
});
