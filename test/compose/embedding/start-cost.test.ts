// Pins down what a start sends to the server: its events, and nothing else. Method: a real server that counts what it
// gets, and runs of five tasks one after the other.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sequential } from '../../../bench/definitions.ts';
import { createEngine } from '../../../src/compose/embedding/create-engine.ts';
import { shippedConfig } from '../../../src/nats-server/embedded-server.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';

const Server = z.object({ in_msgs: z.int() });
const JetStream = z.object({ messages: z.int(), api: z.object({ total: z.int() }) });

let server: TestServer;
let dir: string;

beforeAll(async () => {
  server = await startTestServer({
    conf: `${await readFile(shippedConfig(), 'utf8')}\nhttp: "127.0.0.1:-1"\n`,
  });
  dir = await mkdtemp(join(tmpdir(), 'workflow-start-cost-'));
});
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

test('a run is as many messages as it has events: nothing is read, asked or looked up for it', async () => {
  const runs = 60;
  const engine = await createEngine({ url: server.url, dir, actions: { noop: { run: () => null } } });
  const { text } = sequential(5);
  // The first one registers its definition.
  await engine.start(text, {}, { wait: true });
  const before = await counted();
  for (let run = 0; run < runs; run += 1) await engine.start(text, {}, { wait: true });
  const after = await counted();
  await engine.close();
  const events = after.stored - before.stored;

  expect(events).toBeGreaterThanOrEqual(runs * 6);
  // Leases are renewed, and looked at, every few seconds.
  expect(after.messages - before.messages - events).toBeLessThan(runs);
  expect(after.requests - before.requests).toBeLessThan(runs);
});

async function counted(): Promise<{ messages: number; stored: number; requests: number }> {
  const [varz, jsz] = await Promise.all(
    ['varz', 'jsz'].map(async (page) => (await fetch(`${server.monitorUrl()}/${page}`)).json()),
  );
  const { messages, api } = JetStream.parse(jsz);

  return { messages: Server.parse(varz).in_msgs, stored: messages, requests: api.total };
}
