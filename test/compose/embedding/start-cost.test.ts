// Pins down what a start sends to the server: its events, and nothing else. Method: a real server, and somebody who
// hears all that is published there while runs of five tasks are started, one after the other.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sequential } from '../../../bench/definitions.ts';
import { createEngine } from '../../../src/compose/embedding/create-engine.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';

let server: TestServer;
let dir: string;

beforeAll(async () => {
  server = await startTestServer();
  dir = await mkdtemp(join(tmpdir(), 'workflow-start-cost-'));
});
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

test('a run is as many messages as it has events: nothing is read, asked or looked up for it', async () => {
  const engine = await createEngine({ url: server.url, dir, actions: { noop: { run: () => null } } });
  const { text } = sequential(5);
  // The first one registers its definition.
  await engine.start(text, {}, { wait: true });
  const listener = await connect({ servers: server.url });
  const heard: string[] = [];
  listener.subscribe('>', { callback: (_error, { subject }) => void heard.push(subject) });
  await listener.flush();
  const runs: string[] = [];
  for (let count = 0; count < 20; count += 1) runs.push((await engine.start(text, {}, { wait: true })).id);
  await listener.flush();
  await listener.close();
  await engine.close();
  const isOfARun = (subject: string) => runs.some((run) => subject.includes(run));

  expect(heard.filter(isOfARun)).toHaveLength(runs.length * 6);
  // What is left is what engines look at every few seconds, runs or none.
  expect(heard.filter(isForARun)).toEqual([]);
});

/** A command to an engine, or a read of the journal or of snapshots. */
function isForARun(subject: string): boolean {
  return /\.command\.|\.MSG\.GET\.(\w+_JOURNAL|\w+_SNAPSHOTS)|\.DIRECT\.GET\.|CONSUMER/.test(subject);
}
