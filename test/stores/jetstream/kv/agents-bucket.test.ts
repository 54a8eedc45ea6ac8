// What is kept about agents: which are drained, and the key that the tokens of their items are made with.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connectJetStream, type JetStreamHandle } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace, publish } from '../open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function handles(count: number, namespace = freshNamespace()): Promise<JetStreamHandle[]> {
  const opening = Array.from({ length: count }, () => connectJetStream({ url: server.url, namespace }));
  const found = await Promise.all(opening);
  onTestFinished(async () => {
    for (const handle of found) await handle.close();
  });

  return found;
}

test('an agent is drained for everybody until somebody says otherwise', async () => {
  const [mine, theirs] = (await handles(2)) as [JetStreamHandle, JetStreamHandle];
  expect(await mine.drainMarks.all()).toEqual(new Map());
  await mine.drainMarks.clear('ada');
  const mark = { by: 'ana', at: '2026-01-01T00:00:00.000Z', reason: 'new hardware' };
  const { reason, ...bare } = mark;
  await mine.drainMarks.set('CMD.BRIDGE', bare);
  await mine.drainMarks.set('CMD.BRIDGE', mark);
  await mine.drainMarks.set('Jürgen *', bare);

  expect(await theirs.drainMarks.all()).toEqual(
    new Map(Object.entries({ 'CMD.BRIDGE': mark, 'Jürgen *': bare })),
  );
  await theirs.drainMarks.clear('CMD.BRIDGE');
  await theirs.drainMarks.clear('CMD.BRIDGE');
  expect(await mine.drainMarks.all()).toEqual(new Map([['Jürgen *', bare]]));
});

test('a mark that nobody can read still drains', async () => {
  const namespace = freshNamespace();
  const [handle] = (await handles(1, namespace)) as [JetStreamHandle];
  await handle.drainMarks.all();
  await publish(server.url, { subject: `$KV.${namesOf(namespace).agentsBucket}.drain.ada`, body: 'yes' });

  expect([...(await handle.drainMarks.all())]).toEqual([['ada', expect.objectContaining({ by: 'unknown' })]]);
});

test('engines that begin at the same time have the same key, and so has one that comes later', async () => {
  const namespace = freshNamespace();
  const engines = await handles(4, namespace);
  const secrets = await Promise.all(engines.map((engine) => engine.workSecret()));
  const [late] = (await handles(1, namespace)) as [JetStreamHandle];
  const [other] = (await handles(1)) as [JetStreamHandle];

  expect(new Set([...secrets, await late.workSecret()]).size).toBe(1);
  expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(await other.workSecret()).not.toBe(secrets[0]);
});
