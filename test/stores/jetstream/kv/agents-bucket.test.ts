// What is kept about agents: which are drained, and the key that the tokens of their items are made with.

import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createDrainMarks } from '../../../../src/engine/agents/drain-marks.ts';
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
  expect(await createDrainMarks(mine.agentMarks).all()).toEqual(new Map());
  await createDrainMarks(mine.agentMarks).clear('ada');
  const mark = { by: 'ana', at: '2026-01-01T00:00:00.000Z', reason: 'new hardware' };
  const { reason, ...bare } = mark;
  await createDrainMarks(mine.agentMarks).set('CMD.BRIDGE', bare);
  await createDrainMarks(mine.agentMarks).set('CMD.BRIDGE', mark);
  await createDrainMarks(mine.agentMarks).set('Jürgen *', bare);

  expect(await createDrainMarks(theirs.agentMarks).all()).toEqual(
    new Map(Object.entries({ 'CMD.BRIDGE': mark, 'Jürgen *': bare })),
  );
  await createDrainMarks(theirs.agentMarks).clear('CMD.BRIDGE');
  await createDrainMarks(theirs.agentMarks).clear('CMD.BRIDGE');
  expect(await createDrainMarks(mine.agentMarks).all()).toEqual(new Map([['Jürgen *', bare]]));
});

test('an agent is of another team for everybody until somebody says otherwise, drained or not', async () => {
  const [mine, theirs] = (await handles(2)) as [JetStreamHandle, JetStreamHandle];
  const drained = { by: 'ana', at: '2026-01-01T00:00:00.000Z' };
  const moved = { ...drained, team: 'lead_desk', department: 'sales' };
  await createDrainMarks(mine.agentMarks).moves.set('CMD.BRIDGE', moved);
  await createDrainMarks(mine.agentMarks).set('CMD.BRIDGE', drained);

  expect(await createDrainMarks(theirs.agentMarks).moves.all()).toEqual(new Map([['CMD.BRIDGE', moved]]));
  expect(await createDrainMarks(theirs.agentMarks).all()).toEqual(new Map([['CMD.BRIDGE', drained]]));
  await createDrainMarks(theirs.agentMarks).moves.clear('CMD.BRIDGE');
  expect(await createDrainMarks(mine.agentMarks).moves.all()).toEqual(new Map());
});

test('an agent that takes work again leaves the marker that older engines look for, and can be drained anew', async () => {
  const namespace = freshNamespace();
  const [handle] = (await handles(1, namespace)) as [JetStreamHandle];
  const drains = createDrainMarks(handle.agentMarks);
  const mark = { by: 'ana', at: '2026-01-01T00:00:00.000Z' };
  await drains.set('ops/CMD.BRIDGE', mark);
  const connection = await connect({ servers: server.url });
  const { streams } = await jetstreamManager(connection);
  const stored = () =>
    streams.getMessage(`KV_${namesOf(namespace).agentsBucket}`, {
      last_by_subj: `$KV.${namesOf(namespace).agentsBucket}.drain.ops=2FCMD=2EBRIDGE`,
    });
  expect((await stored())?.string()).toBe(JSON.stringify(mark));
  await drains.clear('ops/CMD.BRIDGE');
  expect((await stored())?.header.get('KV-Operation')).toBe('DEL');

  await drains.set('ops/CMD.BRIDGE', mark);
  expect(await drains.all()).toEqual(new Map([['ops/CMD.BRIDGE', mark]]));
  await connection.close();
});

test('a mark that nobody can read still drains', async () => {
  const namespace = freshNamespace();
  const [handle] = (await handles(1, namespace)) as [JetStreamHandle];
  await createDrainMarks(handle.agentMarks).all();
  await publish(server.url, { subject: `$KV.${namesOf(namespace).agentsBucket}.drain.ada`, body: 'yes' });

  expect([...(await createDrainMarks(handle.agentMarks).all())]).toEqual([
    ['ada', expect.objectContaining({ by: 'unknown' })],
  ]);
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
