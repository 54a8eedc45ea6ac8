// Exactness on the real thing: the state an engine holds is the fold of what a real JetStream stores, byte for
// byte, and one flipped byte in any stored record is found and named. Method: the inventory of a small folder is
// validated by the real actions; then its records are written once more for every record, with one byte of that
// record changed.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalJson } from '../../events/canonical-json.ts';
import { isFinal } from '../../machines/chart/task-status.ts';
import { sha256Hex } from '../../machines/hash.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import type { Run } from '../../machines/run/run.ts';
import { shardOf } from '../../machines/shard.ts';
import { createPerformers } from '../../src/compose/handlers.ts';
import { systemClock } from '../../src/compose/system-clock.ts';
import { createEngine } from '../../src/engine/run/engine.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { writeDocument } from '../../src/files/write-document.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { bodiesOf } from '../support/engine-bench.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';
import { smallStation } from './station.ts';

const id = 'exact-run';
let server: TestServer;
let station: string;
let stream: JetStreamHandle;
let live: Run;

beforeAll(async () => {
  server = await startTestServer();
  station = await smallStation();
  stream = await connectJetStream({ url: server.url, namespace: 'exact' });
  live = await validated();
});
afterAll(async () => {
  await stream.close();
  await server.stop();
  await rm(station, { recursive: true, force: true });
});

test('the state that the engine holds is the fold of the stored records, byte for byte', async () => {
  const report = await questions(stream).replay(id);

  expect(report).toMatchObject({ status: 'COMPLETED', events: live.sequence, differences: [] });
  expect(report.stateHash).toBe(sha256Hex(canonicalJson(live.state)));
});

test('a flipped byte in any stored record makes replay fail, and names the event', async () => {
  const bodies = await bodiesOf(stream.journal, id);
  expect(bodies.length).toBeGreaterThan(5);
  for (const [index, body] of bodies.entries()) {
    const at = body.indexOf('"time":"') + 12;
    const flipped = body.slice(0, at) + (body[at] === '7' ? '8' : '7') + body.slice(at + 1);
    const copy = await stored(`flip-${index}`, bodies.with(index, flipped));
    const { differences } = await questions(copy).replay(id);
    await copy.close();

    expect(differences, `record ${index + 1}`).toMatchObject([
      { sequence: index + 1, code: 'journal.altered' },
    ]);
  }
});

function questions(handle: JetStreamHandle) {
  return createWorkflows({ ...partsOf(handle), newRunId: () => '', answerTimeoutMs: 1_000 });
}

async function definitionText(): Promise<string> {
  return readFile(join(station, 'definitions', 'inventory-validation.yaml'), 'utf8');
}

async function register({ definitions }: JetStreamHandle): Promise<string> {
  const result = loadDefinition({ file: 'inventory-validation.yaml', content: await definitionText() });
  if (!result.ok) throw new Error('the definition does not load');
  const { ref, text } = result.loaded;
  await definitions.register({ ref, text, file: 'inventory-validation.yaml' });

  return ref.hash;
}

/** Validates the folder, and gives the run as the engine held it at the end. */
async function validated(): Promise<Run> {
  const hash = await register(stream);
  let resolve: (run: Run) => void = () => undefined;
  const ended = new Promise<Run>((settle) => {
    resolve = settle;
  });
  const engine = createEngine({
    ...partsOf(stream),
    performers: createPerformers({ events: stream.events, clock: systemClock }),
    outputs: {
      write: async (path, value) => void (await writeDocument({ projectDir: station, path, value })),
    },
    projectDir: station,
    concurrencyMax: 8,
    startNoticeMs: 0,
    onChange: (run) => {
      if (isFinal(run.state.status)) resolve(run);
    },
    onTrouble: (_run, error) => {
      throw error;
    },
  });
  const input = {
    target_folder: 'files',
    policy_file: 'pass.policy.yaml',
    strict_mode: false,
    output_folder: 'out',
  };
  await engine.startRun({ run: id, chart: await engine.reader.charts.byHash(hash), input, actor: 'test' });
  const run = await ended;
  await engine.stop();

  return run;
}

/** The same run in a namespace of its own, with these texts as its records. */
async function stored(namespace: string, bodies: readonly string[]): Promise<JetStreamHandle> {
  const handle = await connectJetStream({ url: server.url, namespace });
  await register(handle);
  const connection = await connect({ servers: server.url });
  for (const body of bodies)
    await jetstream(connection).publish(`wf.${namespace}.run.${shardOf(id)}.${id}`, body);
  await connection.close();

  return handle;
}
