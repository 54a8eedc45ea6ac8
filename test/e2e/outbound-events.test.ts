// What runs do reaches other programs, whoever dies on the way. Method: a real server; followers, and the consumer of
// the examples, as processes of their own that are killed in the middle and come back.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { createPausing } from '../engine/outbound/outbound-world.ts';
import { createMortalProcess } from '../support/mortal-process.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';

const path = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const soon = { timeout: 30_000, interval: 20 };
const runs = Array.from({ length: 20 }, (_, index) => `run-${index}`);

let server: TestServer;
let handle: JetStreamHandle;
let connection: NatsConnection;
let consumer: ChildProcess | undefined;

beforeAll(async () => {
  server = await startTestServer();
  handle = await connectJetStream({ url: server.url });
  connection = await connect({ servers: server.url });
});
afterAll(async () => {
  await connection.close();
  await handle.close();
  await server.stop();
});

/** A follower that tells other programs of the journal. */
function follower() {
  return createMortalProcess({
    command: process.execPath,
    args: [fileURLToPath(new URL('./telling-follower.mjs', import.meta.url))],
    cwd: path('.'),
    env: { NATS_URL: server.url },
    ready: 'ready',
  });
}

/** The consumer of the examples; what it has heard goes to `heard`. */
async function listen(heard: string[]): Promise<void> {
  const program = spawn(process.execPath, [path('examples/events/consumer.mjs'), 'test'], {
    env: { ...process.env, NATS_URL: server.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  consumer = program;
  let text = '';
  program.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${text}${chunk}`.split('\n');
    text = lines.pop() ?? '';
    heard.push(...lines.map((line) => line.split(' ').at(-1) ?? ''));
  });
  await Promise.race([once(program.stderr, 'data'), once(program, 'exit')]);
  expect(program.exitCode).toBeNull();
}

async function kill(program: ChildProcess | undefined): Promise<void> {
  if (program === undefined || program.exitCode !== null) return;
  program.kill('SIGKILL');
  await once(program, 'exit');
}

function inOrder(ids: readonly string[], wanted: readonly string[]): void {
  const first = [...new Set(ids)];
  for (const run of runs) {
    const ofRun = (each: string) => each.startsWith(`${run}/`);
    expect(first.filter(ofRun)).toEqual(wanted.filter(ofRun));
  }
}

test('everything is told and heard, of each run in order, while tellers and hearers are killed', async () => {
  const told: string[] = [];
  connection.subscribe('wf.default.event.>', {
    callback: (_error, message) => void told.push(message.json<{ id: string }>().id),
  });
  await connection.flush();
  const [first, second] = [follower(), follower()];
  await first.start();
  await expect.poll(() => handle.triggerMarks.read('relay'), soon).toBeDefined();

  const write = createPausing(handle.journal);
  const heard: string[] = [];
  await handle.openEvents();
  await listen(heard);
  const wanted: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    const [now, next] = round % 2 === 0 ? [first, second] : [second, first];
    for (let each = 0; each < 6; each += 1) {
      const sequence = round * 6 + each + 1;
      const type = sequence % 2 === 1 ? 'workflow.run.paused' : 'workflow.run.resumed';
      await Promise.all(runs.map((run) => write(run)));
      wanted.push(...runs.map((run) => `${run}/${sequence}/${type}`));
    }
    // In the middle of it: some were told, others were not.
    await expect.poll(() => new Set(told).size, soon).toBeGreaterThan(round * 6 * runs.length);
    await Promise.all([now.kill9(), kill(consumer)]);
    await Promise.all([next.start(), listen(heard)]);
  }

  await expect.poll(() => new Set(told).size, soon).toBe(wanted.length);
  await expect.poll(() => new Set(heard).size, soon).toBe(wanted.length);
  await Promise.all([first.kill9(), second.kill9(), kill(consumer)]);
  inOrder(told, wanted);
  inOrder(heard, wanted);
  expect(told.length).toBeGreaterThanOrEqual(wanted.length);
}, 120_000);
